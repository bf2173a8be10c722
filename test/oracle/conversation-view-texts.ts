// The slow, obvious twin of the conversation view: the texts of a parsed body by where they stand, as the providers' API references say,
// and by name everything else that is a string, so that nothing is left out without somebody having said so.
import { isObject, type Json } from '../kernel/conversation-twin.js';

export interface TwinText {
  readonly role: string;
  /** A string, or a raw value. */
  readonly value: Json;
}

/** Path patterns of texts. `role` of the nearest object that has one, unless a role is given. */
const TEXTS: readonly (readonly [apis: RegExp, path: RegExp, role?: string])[] = [
  // OpenAI chat and what copies it (Cohere v2, Ollama, Mistral and Nova bodies on Bedrock).
  [/openai\.chat|cohere\.chat|ollama\.chat|bedrock\.invoke/, /^messages\[\]\.(content|refusal)$/],
  [/openai\.chat|cohere\.chat|bedrock\.invoke/, /^messages\[\]\.content\[\](\.(text|refusal))?$/],
  [
    /openai\.chat|cohere\.chat|ollama\.chat/,
    /^messages\[\]\.(reasoning|reasoning_content|thinking|tool_plan)$/,
  ],
  [/openai\.chat|cohere\.chat/, /^messages\[\]\.content\[\]\.thinking(\[\]\.text)?$/],
  [/openai\.chat/, /^messages\[\]\.reasoning_details$/],
  [
    /openai\.chat|cohere\.chat|ollama\.chat/,
    /^messages\[\]\.(tool_calls\[\]\.function|function_call)\.arguments$/,
  ],
  [/openai\.chat|cohere\.chat|bedrock\.invoke/, /^documents\[\]$/, 'tool'],
  // Cohere v1.
  [/cohere\.chat|bedrock\.invoke/, /^message$/, 'user'],
  [/cohere\.chat|bedrock\.invoke/, /^preamble$/, 'system'],
  [/cohere\.chat/, /^chat_history\[\]\.message$/],
  // Plain texts.
  [/completions|anthropic\.complete|generate|bedrock\.invoke/, /^prompt(\[\])?$/, 'user'],
  [/completions|ollama\.generate/, /^suffix$/, 'user'],
  [/embeddings|moderations|ollama\.embed/, /^input(\[\])?$/, 'user'],
  [/cohere\.embed|bedrock\.invoke/, /^texts\[\]$/, 'user'],
  [/cohere\.rerank|bedrock\.invoke/, /^query$/, 'user'],
  [/cohere\.rerank/, /^documents\[\](\.\w+)?$/, 'user'],
  [/bedrock\.invoke/, /^(inputText|singleEmbeddingParams\.text\.value)$/, 'user'],
  [/vertex\.predict/, /^instances\[\]\.(content|prompt)$/, 'user'],
  [/gemini\.embed/, /^(requests\[\]\.)?title$/, 'user'],
  [/ollama\.generate/, /^template$/, 'user'],
  [/ollama\.generate|anthropic|bedrock/, /^system$/, 'system'],
  // OpenAI Responses.
  [/openai\.responses/, /^instructions$/, 'system'],
  [/openai\.responses/, /^input$/, 'user'],
  [/openai\.responses/, /^input\[\]\.content(\[\]\.(text|refusal))?$/],
  [/openai\.responses/, /^input\[\]\.summary\[\]\.text$/, 'assistant'],
  [/openai\.responses/, /^input\[\]\.(arguments|input|action|code|queries)$/, 'assistant'],
  [/openai\.responses/, /^input\[\]\.(output|outputs|results)$/, 'tool'],
  [/openai\.responses/, /^prompt\.variables\.\w+(\.text)?$/, 'user'],
  // Anthropic, also on Bedrock.
  [/anthropic|bedrock\.invoke/, /^system\[\]\.text$/, 'system'],
  [/anthropic|bedrock\.invoke/, /^messages\[\]\.content(\[\]\.(text|thinking|input))?$/],
  [/anthropic|bedrock\.invoke/, /^messages\[\]\.content\[\]\.content(\[\]\.(text|tool_name))?$/, 'tool'],
  // Gemini.
  [/gemini/, /^(generateContentRequest\.)?systemInstruction\.parts\[\]\.text$/, 'system'],
  [/gemini/, /^(generateContentRequest\.|requests\[\]\.)?contents?(\[\])?\.parts\[\]\.text$/],
  [/gemini/, /\.parts\[\]\.(functionCall\.args|executableCode\.code)$/],
  [/gemini/, /\.parts\[\]\.(functionResponse\.response|codeExecutionResult\.output)$/, 'tool'],
  // Bedrock converse, also as Nova's own body.
  [/bedrock/, /^system\[\]\.text$/, 'system'],
  [/bedrock/, /^(input\.converse\.)?messages\[\]\.content\[\]\.(guardContent\.text\.)?text$/],
  [/bedrock/, /\.content\[\]\.(document\.source\.text|toolUse\.input)$/],
  [/bedrock/, /\.reasoningContent\.reasoningText\.text$/, 'assistant'],
  [/bedrock/, /\.toolResult\.content\[\]\.(text|json)$/, 'tool'],
];

/** Strings that are no text of the conversation: names, ids, settings, definitions, data that is not text. */
const NOT_TEXTS: readonly RegExp[] = [
  /^(generateContentRequest\.|input\[\]\.)?(tools|functions|toolConfig|tool_choice|response_format|text|output_format|output_config|outputConfig|generationConfig)\b/,
  /^(metadata|reasoning|thinking|mcp_servers|web_search_options|prompt_cache_options|provider|guardrailConfig)\b/,
  /^(context_management|performanceConfig|additionalModelRequestFields|inferenceConfig|textGenerationConfig)\b/,
  /^(stop|stop_sequences|modalities|include|audio|embedding_types|container|conversation)\b/,
  /^(model|user|truncate|truncation|format|keep_alive|service_tier|reasoning_effort|reasoning_format)$/,
  /^(anthropic_version|input_type|encoding_format|prompt_cache_key|previous_response_id|cachedContent)$/,
  /^(modelArmorConfig\.response_template_name|prompt\.(id|version)|singleEmbeddingParams\..*(Purpose|Mode))$/,
  /^(generateContentRequest\.|requests\[\]\.)?(model|taskType)$/,
  /^instances\[\]\.task_type$/,
  /\.(type|role|id|name|namespace|status|phase|execution|language|outcome|format|qualifiers\[\])$/,
  /\.(tool_call_id|tool_use_id|call_id|toolUseId|file_id|filename|media_type|mimeType|mime_type|detail)$/,
  /(^|\.)(cache_control|cachePoint|prompt_cache_breakpoint)\b/,
  /\.(signature|encrypted_content|redactedContent|thoughtSignature)$/,
  /\.(image_url|image_url\.url|video_url\.url|file_url|file_data|fileUri|bytes)$/,
  /\.(source|inlineData|inline_data)\.data$/,
  /\.source\.type$/,
  /^(taskType|schemaVersion)$/,
];

/** Raw values as one text: machines wrote them. */
const RAW = /(^documents\[\]|reasoning_details|input|arguments|action|args|response|json|content)$/;

const ROLES: Readonly<Record<string, string>> = {
  system: 'system',
  developer: 'developer',
  assistant: 'assistant',
  model: 'assistant',
  chatbot: 'assistant',
  tool: 'tool',
  function: 'tool',
};

/** In wire order. Throws for a string that nobody has said anything about. */
export function twinTexts(api: string, body: Json): TwinText[] {
  const texts: TwinText[] = [];
  const rules = TEXTS.filter(([apis]) => apis.test(api));
  const walk = (value: Json, path: string, role: string): void => {
    const rule = rules.find(([, pattern]) => pattern.test(path));
    const raw = isObject(value) || (Array.isArray(value) && path.endsWith('reasoning_details'));
    if (rule !== undefined && (typeof value === 'string' || (raw && RAW.test(path))))
      texts.push({ role: rule[2] ?? role, value });
    else if (Array.isArray(value)) for (const inner of value) walk(inner, `${path}[]`, role);
    else if (isObject(value)) {
      const own = roleOf(value, path, role);
      for (const [key, inner] of Object.entries(value))
        walk(inner, path === '' ? key : `${path}.${key}`, own);
    } else if (typeof value === 'string' && value !== '' && !NOT_TEXTS.some(pattern => pattern.test(path)))
      throw new Error(`${api}: ${path} is ${value.slice(0, 40)}`);
  };
  walk(body, '', 'user');
  return texts;
}

function roleOf(value: { [key: string]: Json }, path: string, role: string): string {
  // Items of Responses that have no role are the model's: its calls, its thoughts. What tools gave back has a rule.
  if (typeof value.role !== 'string')
    return path === 'input[]' && value.type !== undefined ? 'assistant' : role;
  const word = value.role.toLowerCase();
  return path === '' ? role : (ROLES[word] ?? 'user');
}
