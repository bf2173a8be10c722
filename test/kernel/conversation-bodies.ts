// One body or more of every dialect, with every kind of part that it has.
import type { ApiName } from '../../src/core/api.js';
import type { JsonObject } from './conversation-twin.js';

const schema = { type: 'object', properties: { city: { type: 'string', enum: ['Bern "old"', 'Zürich'] } } };
const tool = { type: 'function', function: { name: 'weather', description: 'Tells it', parameters: schema } };
const url = 'data:image/png;base64,iVBORw0KGgo=';

const chat: JsonObject = {
  model: 'gpt-4o',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'developer', content: [{ type: 'text', text: 'No emoji.\n' }], name: 'ops' },
    {
      content: [
        'bare',
        { type: 'text', text: 'What is "this"? é😀' },
        { type: 'image_url', image_url: { url, detail: 'low' } },
        { type: 'image_url', image_url: { detail: 'high', url } },
        { type: 'image_url', image_url: url },
        { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } },
        { type: 'video_url', video_url: { url: 'https://a.test/v.mp4' } },
        { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBE' } },
        { type: 'file', file: { file_id: 'file-1' } },
        { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
        { type: 'document_url', document_url: 'https://a.test/d', document_name: 'd' },
      ],
      role: 'user',
      name: 'ann',
    },
    {
      role: 'assistant',
      content: null,
      reasoning_content: 'I should ask.',
      reasoning_details: [{ type: 'reasoning.encrypted', data: 'x' }],
      tool_calls: [
        { id: 'c1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } },
        { id: 'c2', type: 'custom', custom: { name: 'run', input: 'ls -l' } },
      ],
    },
    { role: 'tool', tool_call_id: 'c1', content: 'rain' },
    { tool_call_id: 'c2', content: [{ type: 'text', text: 'a.txt' }], role: 'tool' },
    {
      role: 'assistant',
      refusal: 'No.',
      function_call: { name: 'old', arguments: '{}' },
      audio: { id: 'au' },
    },
    { role: 'function', name: 'old', content: '1' },
  ],
  tools: [tool, { type: 'custom', custom: { name: 'run' } }],
  functions: [{ name: 'old', parameters: {} }],
  tool_choice: { type: 'function', function: { name: 'weather' } },
  function_call: 'auto',
  response_format: {
    type: 'json_schema',
    json_schema: { name: 'out', description: 'd', strict: true, schema },
  },
  prediction: { type: 'content', content: 'guess' },
  web_search_options: {},
  max_tokens: 5,
  stream: true,
  stream_options: { include_usage: true },
  stop: ['a'],
  metadata: { a: 'b' },
};

const responses: JsonObject = {
  instructions: 'Speak Latin.',
  input: [
    { role: 'user', content: 'hi' },
    { content: [{ type: 'input_text', text: 'look' }], role: 'developer', type: 'message' },
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_image', image_url: url, detail: 'high' },
        { detail: 'low', file_id: 'file-1', type: 'input_image' },
        { type: 'input_file', file_id: 'file-2', filename: 'b.pdf' },
        { type: 'input_file', file_data: 'JVBE' },
        { type: 'input_audio', input_audio: { data: 'x', format: 'mp3' } },
      ],
    },
    {
      type: 'reasoning',
      id: 'r',
      summary: [{ type: 'summary_text', text: 'so' }],
      encrypted_content: 'gAAA',
    },
    { type: 'reasoning', summary: [], content: [{ text: 'long thought', type: 'reasoning_text' }] },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'ok', annotations: [] }] },
    { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}', status: 'completed' },
    { call_id: 'c1', output: 'done', type: 'function_call_output' },
    {
      type: 'function_call_output',
      call_id: 'c2',
      output: [
        { type: 'input_text', text: 'see' },
        { type: 'input_image', image_url: url },
        { type: 'input_file', file_id: 'f' },
      ],
    },
    { type: 'custom_tool_call', call_id: 'c3', name: 'run', input: 'ls' },
    { type: 'computer_call', call_id: 'c4', action: { type: 'click', x: 1 }, pending_safety_checks: [] },
    { type: 'computer_call_output', call_id: 'c4', output: { type: 'computer_screenshot', file_id: 'f' } },
    {
      type: 'shell_call_output',
      call_id: 'c5',
      output: [{ stdout: 'a', stderr: 'b', outcome: { type: 'exit' } }],
    },
    {
      type: 'code_interpreter_call',
      code: 'print(1)',
      container_id: 'x',
      outputs: [{ type: 'logs', logs: '1' }],
    },
    { type: 'file_search_call', queries: ['q'], results: [{ text: 't' }], id: 'x' },
    { type: 'image_generation_call', id: 'x', result: 'iVBO', status: 'completed' },
    { type: 'mcp_list_tools', server_label: 's', tools: [{ name: 'm', input_schema: {} }] },
    { type: 'mcp_approval_response', approval_request_id: 'x', approve: false, reason: 'no' },
    { type: 'item_reference', id: 'msg_1' },
  ],
  tools: [{ type: 'function', name: 'f', parameters: schema }, { type: 'web_search' }],
  tool_choice: 'auto',
  text: { format: { type: 'json_schema', name: 'n', schema, strict: true }, verbosity: 'low' },
  previous_response_id: 'resp_1',
  prompt: {
    id: 'pmpt_1',
    version: '2',
    variables: { who: 'Ann', pic: { type: 'input_image', image_url: url } },
  },
  reasoning: { effort: 'low' },
};

const blocks = [
  { type: 'text', text: 'look', cache_control: { type: 'ephemeral' } },
  { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBO' } },
  { source: { data: 'iVBO', media_type: 'image/png', type: 'base64' }, type: 'image' },
  { type: 'image', source: { type: 'file', file_id: 'file_1' } },
  {
    type: 'document',
    title: 'T',
    context: 'C',
    source: { type: 'base64', media_type: 'application/pdf', data: 'J' },
  },
  { type: 'document', source: { data: 'plain words', type: 'text', media_type: 'text/plain' } },
  { type: 'document', source: { type: 'url', url: 'https://a.test/a.pdf' }, citations: { enabled: true } },
  {
    type: 'document',
    source: {
      type: 'content',
      content: [
        { type: 'text', text: 'one' },
        { type: 'image', source: { type: 'url', url: 'https://a.test/a.png' } },
      ],
    },
  },
  { type: 'search_result', source: 'https://a.test', title: 'S', content: [{ type: 'text', text: 'found' }] },
  { type: 'container_upload', file_id: 'file_2' },
];
const anthropicAnswer = [
  { type: 'thinking', thinking: 'hm', signature: 'sig' },
  { type: 'redacted_thinking', data: 'opaque' },
  { type: 'tool_use', id: 't1', name: 'f', input: { city: 'Bern' } },
  { type: 'server_tool_use', id: 't2', name: 'web_search', input: { query: 'q' } },
  {
    type: 'web_search_tool_result',
    tool_use_id: 't2',
    content: [{ type: 'web_search_result', url: 'u', title: 't', encrypted_content: 'e', page_age: 'd' }],
  },
  {
    type: 'code_execution_tool_result',
    tool_use_id: 't3',
    content: { type: 'code_execution_result', stdout: 'x' },
  },
  { type: 'compaction', content: 'what was said' },
];
const toolResult = {
  type: 'tool_result',
  tool_use_id: 't1',
  content: [
    { type: 'text', text: 'rain' },
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBO' } },
    { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'words' } },
    { type: 'search_result', source: 'u', title: 't', content: [{ type: 'text', text: 'x' }] },
    { type: 'tool_reference', tool_name: 'g' },
  ],
};
const anthropic: JsonObject = {
  model: 'claude-sonnet-4-5',
  max_tokens: 10,
  system: [{ type: 'text', text: 'Be kind.', cache_control: { type: 'ephemeral' } }],
  messages: [
    { role: 'user', content: 'hi' },
    { role: 'user', content: blocks },
    { content: anthropicAnswer, role: 'assistant' },
    { role: 'user', content: [toolResult, { type: 'tool_result', tool_use_id: 't9', content: 'plain' }] },
  ],
  tools: [
    { name: 'f', description: 'd', input_schema: schema },
    { type: 'web_search_20250305', name: 'web_search' },
  ],
  tool_choice: { type: 'any' },
  output_config: { effort: 'low', format: { type: 'json_schema', schema } },
  mcp_servers: [{ type: 'url', url: 'https://a.test', name: 'm' }],
  thinking: { type: 'adaptive' },
};

const gemini: JsonObject = {
  contents: [
    { role: 'user', parts: [{ text: 'hi' }, { inlineData: { mimeType: 'image/png', data: 'iVBO' } }] },
    {
      parts: [
        { inline_data: { data: 'UklG', mime_type: 'audio/wav' }, thoughtSignature: 's' },
        { fileData: { fileUri: 'https://a.test/v', mimeType: 'video/mp4' }, videoMetadata: { fps: 1 } },
        { file_data: { file_uri: 'gs://a/b.pdf', mime_type: 'application/pdf', display_name: 'b' } },
        { fileData: { fileUri: 'files/1' } },
        {
          inlineData: { mimeType: 'image/png', data: 'x' },
          mediaResolution: { level: 'MEDIA_RESOLUTION_HIGH' },
        },
      ],
    },
    {
      role: 'model',
      parts: [
        { text: 'because', thought: true },
        { functionCall: { name: 'f', args: { a: [1, { b: 'c' }] }, id: 'c1' }, thoughtSignature: 'sig' },
        { executableCode: { language: 'PYTHON', code: 'print(1)' } },
        { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } },
      ],
    },
    {
      role: 'function',
      parts: [
        {
          functionResponse: {
            name: 'f',
            id: 'c1',
            response: { result: 'x' },
            parts: [{ inlineData: { mimeType: 'image/png', data: 'y' } }],
          },
        },
      ],
    },
  ],
  systemInstruction: { role: 'user', parts: [{ text: 'Be brief.' }] },
  tools: [{ functionDeclarations: [{ name: 'f', parameters: schema }, { name: 'g' }] }, { googleSearch: {} }],
  toolConfig: { functionCallingConfig: { mode: 'ANY' } },
  generationConfig: { maxOutputTokens: 5, responseSchema: schema, mediaResolution: 'MEDIA_RESOLUTION_LOW' },
  cachedContent: 'cachedContents/1',
  safetySettings: [{ category: 1 }],
};

const converse: JsonObject = {
  system: [
    { text: 'Be kind.' },
    { cachePoint: { type: 'default' } },
    { guardContent: { text: { text: 'g' } } },
  ],
  messages: [
    {
      role: 'user',
      content: [
        { text: 'hi' },
        { image: { format: 'png', source: { bytes: 'iVBO' } } },
        { image: { format: 'png', source: { s3Location: { uri: 's3://a/b' } } } },
        { document: { format: 'pdf', name: 'doc', source: { bytes: 'JVBE' }, context: 'c' } },
        { document: { format: 'txt', name: 'doc', source: { text: 'words' } } },
        { document: { name: 'doc', source: { content: [{ text: 'chunk' }] } } },
        { video: { format: 'mp4', source: { bytes: 'AAAA' } } },
        { audio: { format: 'mp3', source: { bytes: 'BBBB' } } },
        { guardContent: { text: { text: 'guarded', qualifiers: ['query'] } } },
        { searchResult: { source: 's', title: 't', content: [{ text: 'x' }], citations: { enabled: true } } },
      ],
    },
    {
      role: 'assistant',
      content: [
        { reasoningContent: { reasoningText: { text: 'hm', signature: 's' } } },
        { reasoningContent: { redactedContent: 'zz' } },
        { toolUse: { toolUseId: 't1', name: 'f', input: { a: 1 } } },
        { citationsContent: { content: [{ text: 'cited' }], citations: [{ title: 'x' }] } },
      ],
    },
    {
      role: 'user',
      content: [
        {
          toolResult: {
            toolUseId: 't1',
            status: 'success',
            content: [
              { text: 'r' },
              { json: { a: 'b' } },
              { image: { format: 'png', source: { bytes: 'i' } } },
            ],
          },
        },
      ],
    },
  ],
  toolConfig: {
    tools: [{ toolSpec: { name: 'f', inputSchema: { json: schema } } }, { cachePoint: { type: 'default' } }],
    toolChoice: { auto: {} },
  },
  outputConfig: {
    textFormat: { type: 'json_schema', structure: { jsonSchema: { schema: '{}', name: 'n' } } },
  },
  promptVariables: { who: { text: 'Ann' } },
  inferenceConfig: { maxTokens: 5 },
  additionalModelRequestFields: { thinking: { type: 'enabled' }, top_k: 5 },
};

const cohereV1: JsonObject = {
  message: 'and now?',
  chat_history: [
    { role: 'USER', message: 'hi' },
    { message: 'hello', role: 'CHATBOT', tool_calls: [{ name: 'f', parameters: { a: 1 } }] },
    { role: 'TOOL', tool_results: [{ call: { name: 'f' }, outputs: [{ a: 'b' }] }] },
  ],
  preamble: 'Be a pirate.',
  documents: [{ title: 'a', snippet: 'b' }, 'plain'],
  tools: [{ name: 'f', description: 'd', parameter_definitions: {} }],
  tool_results: [{ call: { name: 'f' }, outputs: [] }],
  connectors: [{ id: 'web-search' }],
};
const cohereV2: JsonObject = {
  model: 'command-a',
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'hi' },
        { type: 'image_url', image_url: { url } },
      ],
    },
    {
      role: 'assistant',
      tool_plan: 'I will',
      tool_calls: (chat.messages as JsonObject[])[3]?.tool_calls ?? [],
    },
    { role: 'tool', tool_call_id: 'c1', content: [{ type: 'document', document: { id: '1', data: '{}' } }] },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'hm' },
        { type: 'text', text: 'x' },
      ],
    },
  ],
  documents: [{ id: '1', data: { title: 'a' } }],
  tools: [tool],
  response_format: { type: 'json_object', schema },
};

/** Each is understood whole. */
export const BODIES: readonly (readonly [ApiName, JsonObject])[] = [
  ['openai.chat', chat],
  ['openai.responses', responses],
  ['openai.responses', { model: 'm', input: 'just text', conversation: 'conv_1' }],
  ['openai.completions', { prompt: 'Once', suffix: 'end' }],
  ['openai.completions', { prompt: ['a', 'b'], max_tokens: 5 }],
  ['openai.completions', { prompt: [1, 2, 3] }],
  ['openai.completions', { prompt: [[1, 2], [3]] }],
  ['openai.embeddings', { model: 'e', input: ['a', '', 'c'], encoding_format: 'float' }],
  ['openai.embeddings', { input: [[1], [2, 3]] }],
  ['openai.moderations', { input: 'bad?' }],
  [
    'openai.moderations',
    {
      input: [
        { type: 'text', text: 'a' },
        { type: 'image_url', image_url: { url } },
      ],
    },
  ],
  ['anthropic.messages', anthropic],
  ['anthropic.count_tokens', { model: 'c', system: 'S', messages: [{ content: 'hi', role: 'user' }] }],
  ['anthropic.complete', { prompt: '\n\nHuman: hi\n\nAssistant:', model: 'claude-2' }],
  ['gemini.generate', gemini],
  [
    'gemini.generate',
    { contents: { parts: { text: 'one' } }, system_instruction: 'S', tools: { google_search: {} } },
  ],
  ['gemini.count_tokens', { generateContentRequest: { model: 'm', ...gemini } }],
  ['gemini.count_tokens', { contents: [{ parts: [{ text: 'a' }] }] }],
  ['gemini.embed', { content: { parts: [{ text: 'a' }] }, title: 't', taskType: 'x' }],
  [
    'gemini.embed',
    { requests: [{ model: 'm', content: { parts: [{ text: 'a' }] } }, { content: { parts: [] } }] },
  ],
  [
    'vertex.predict',
    { instances: [{ content: 'a', task_type: 't', title: 'T' }, { prompt: 'b' }], parameters: {} },
  ],
  [
    'vertex.predict',
    { instances: [{ context: 'c', messages: [{ content: 'a', author: 'user' }] }, 'plain'] },
  ],
  ['vertex.predict', { instances: [{ image: { bytesBase64Encoded: 'i', mimeType: 'image/png' } }] }],
  ['bedrock.converse', converse],
  ['bedrock.invoke', { anthropic_version: 'bedrock-2023-05-31', ...anthropic }],
  ['bedrock.invoke', { ...converse, schemaVersion: 'messages-v1' }],
  ['bedrock.invoke', { inputText: 'Titan', textGenerationConfig: { maxTokenCount: 5 } }],
  ['bedrock.invoke', { prompt: '<s>[INST] hi [/INST]', max_gen_len: 5 }],
  ['bedrock.invoke', { texts: ['a', 'b'], input_type: 'search_document' }],
  ['bedrock.invoke', { query: 'q', documents: ['a', 'b'], top_n: 1 }],
  ['bedrock.invoke', { message: 'hi', chat_history: [{ role: 'USER', message: 'a' }] }],
  ['bedrock.invoke', { taskType: 'SINGLE_EMBEDDING', singleEmbeddingParams: { text: { value: 'a' } } }],
  ['bedrock.invoke', { inputText: 'a cat', inputImage: 'iVBO' }],
  ['bedrock.invoke', { messages: chat.messages ?? [] }],
  [
    'bedrock.count_tokens',
    { input: { converse: { system: [{ text: 's' }], messages: converse.messages ?? [] } } },
  ],
  ['cohere.chat', cohereV1],
  ['cohere.chat', cohereV2],
  ['cohere.generate', { prompt: 'a' }],
  ['cohere.embed', { texts: ['a', 'b'], input_type: 'x' }],
  ['cohere.embed', { images: [url], inputs: [{ content: [{ type: 'text', text: 'a' }] }] }],
  ['cohere.rerank', { query: 'q', documents: ['a', { text: 'b', title: 'c' }], top_n: 2 }],
  [
    'ollama.chat',
    {
      messages: [
        { role: 'user', content: 'hi', images: ['iVBO'] },
        {
          role: 'assistant',
          content: '',
          thinking: 'hm',
          tool_calls: [{ function: { name: 'f', arguments: { a: 1 } } }],
        },
        { role: 'tool', tool_name: 'f', content: 'r' },
      ],
      tools: [tool],
      format: schema,
      options: { num_ctx: 5 },
    },
  ],
  [
    'ollama.generate',
    { prompt: 'a', system: 'S', suffix: 'z', images: ['i'], context: [1, 2], template: '{{x}}' },
  ],
  ['ollama.embed', { input: ['a', 'b'], model: 'm' }],
];
