// What a request's head tells, as tables: hosts that providers really have, paths as their SDKs send them.
import { describe, expect, test } from 'vitest';
import { identifyHead, type RequestHead } from '../../src/provider/identify-head.js';

function facts(line: string, more: Partial<RequestHead> = {}) {
  const [method = '', url = ''] = line.split(' ');
  const [, host = '', path = ''] = /^\/\/([^/]*)(.*)$/.exec(url) ?? [];
  const mark = path.indexOf('?');
  return identifyHead({
    method,
    host: host === '' ? null : host,
    provider: null,
    kind: null,
    path: mark < 0 ? path : path.slice(0, mark),
    query: mark < 0 ? '' : path.slice(mark + 1),
    header: () => null,
    ...more,
  });
}

describe('hosts', () => {
  test.each([
    ['POST //eu.api.openai.com/v1/responses', 'openai', 'openai.responses'],
    ['POST //API.OpenAI.com:443/v1/chat/completions', 'openai', 'openai.chat'],
    ['POST //res.openai.azure.com/openai/deployments/d/chat/completions', 'azure-openai', 'openai.chat'],
    ['POST //res.openai.azure.us/openai/v1/responses', 'azure-openai', 'openai.responses'],
    [
      'POST //res.cognitiveservices.azure.com/openai/deployments/d/embeddings',
      'azure-openai',
      'openai.embeddings',
    ],
    ['POST //res.services.ai.azure.com/openai/v1/chat/completions', 'azure-openai', 'openai.chat'],
    ['POST //res.services.ai.azure.com/models/chat/completions', 'azure-ai', 'openai.chat'],
    ['POST //res.services.ai.azure.com/anthropic/v1/messages', 'azure-ai', 'anthropic.messages'],
    ['POST //apim.azure-api.net/openai/deployments/d/chat/completions', 'azure-openai', 'openai.chat'],
    ['POST //x.eastus.models.ai.azure.com/v1/chat/completions', 'azure-ai', 'openai.chat'],
    ['POST //bedrock-runtime.eu-central-1.amazonaws.com/model/m/converse', 'bedrock', 'bedrock.converse'],
    ['POST //bedrock-runtime-fips.us-gov-west-1.amazonaws.com/model/m/invoke', 'bedrock', 'bedrock.invoke'],
    ['POST //bedrock-runtime.cn-north-1.amazonaws.com.cn/model/m/invoke', 'bedrock', 'bedrock.invoke'],
    [
      'POST //vpce-1.bedrock-runtime.us-east-1.vpce.amazonaws.com/model/m/converse',
      'bedrock',
      'bedrock.converse',
    ],
    ['POST //bedrock-mantle.us-west-2.api.aws/v1/responses', 'bedrock', 'openai.responses'],
    ['POST //bedrock-agent-runtime.us-east-1.amazonaws.com/retrieveAndGenerate', 'bedrock', 'other'],
    [
      'POST //aiplatform.eu.rep.googleapis.com/v1/projects/p/locations/eu/publishers/google/models/g:generateContent',
      'vertex-ai',
      'gemini.generate',
    ],
    [
      'POST //us-central1-aiplatform.googleapis.com/v1beta1/projects/p/locations/l/endpoints/openapi/chat/completions',
      'vertex-ai',
      'openai.chat',
    ],
    [
      'POST //europe-west1-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/mistralai/models/m:streamRawPredict',
      'vertex-ai',
      'openai.chat',
    ],
    [
      'POST //us-east5-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/anthropic/models/count-tokens:rawPredict',
      'vertex-ai',
      'anthropic.count_tokens',
    ],
    ['POST //generativelanguage.googleapis.com/v1beta/openai/embeddings', 'gemini', 'openai.embeddings'],
    ['POST //dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions', 'alibaba', 'openai.chat'],
    ['POST //api.fireworks.ai/inference/v1/chat/completions', 'fireworks', 'openai.chat'],
    ['POST //api.deepinfra.com/v1/openai/chat/completions', 'deepinfra', 'openai.chat'],
    ['POST //api.deepseek.com/anthropic/v1/messages', 'deepseek', 'anthropic.messages'],
    ['POST //api.cohere.com/compatibility/v1/chat/completions', 'cohere', 'openai.chat'],
    ['POST //api.moonshot.cn/v1/chat/completions', 'moonshot', 'openai.chat'],
    ['POST //integrate.api.nvidia.com/v1/chat/completions', 'nvidia', 'openai.chat'],
    ['POST //models.github.ai/inference/chat/completions', 'github', 'openai.chat'],
    ['POST //dbc-1.cloud.databricks.com/serving-endpoints/chat/completions', 'databricks', 'openai.chat'],
    ['POST //api.cloudflare.com/client/v4/accounts/a/ai/v1/chat/completions', 'cloudflare', 'openai.chat'],
    ['POST //openrouter.ai/api/v1/messages', 'openrouter', 'anthropic.messages'],
    ['POST //ark.cn-beijing.volces.com/api/v3/chat/completions', 'volcengine', 'openai.chat'],
    ['POST //us-south.ml.cloud.ibm.com/ml/v1/text/generation', 'watsonx', 'other'],
    ['POST //ollama.com/api/chat', 'ollama-cloud', 'ollama.chat'],
    ['POST //gpu-box.lan:11434/v1/chat/completions', 'ollama', 'openai.chat'],
    ['POST //[::1]:11434/api/embeddings', 'ollama', 'ollama.embed'],
    ['POST //10.0.0.7:8000/v1/completions', 'openai-compatible', 'openai.completions'],
    ['GET //vllm.models.svc.cluster.local/v1/models', 'openai-compatible', 'openai.models'],
    ['POST //llm.example.com/v1/chat/completions', 'openai-compatible', 'openai.chat'],
    ['POST //gateway.example.com/proxy/openai/responses', 'openai-compatible', 'openai.responses'],
    ['POST //gateway.example.com/proxy/anthropic/v1/messages', null, 'anthropic.messages'],
    ['POST //api.cohere.ai/generate', 'cohere', 'cohere.generate'],
    ['POST //api.mistral.ai/v1/agents/completions', 'mistral', 'openai.chat'],
  ])('%s', (line, provider, api) => {
    expect(facts(line)).toMatchObject({ isAi: true, provider, api });
  });

  test.each([
    'GET //openai.com/',
    'GET //api.openai.com.evil.example/v1/models',
    'GET //notapi.openai.com.example/v1/files',
    'GET //huggingface.co/api/models/gpt2',
    'PUT //bedrock.s3.us-east-1.amazonaws.com/model',
    'POST //sts.us-east-1.amazonaws.com/',
    'GET //169.254.169.254/latest/meta-data/',
    'POST //oauth2.googleapis.com/token',
    'POST //acme.snowflakecomputing.com/api/v2/statements',
    'POST //acme.cloud.databricks.com/api/2.0/sql/statements',
    'GET //api.cloudflare.com/client/v4/zones',
    'POST //res.cognitiveservices.azure.com/speechtotext/v3.1/transcriptions',
    'POST //api.mailer.example/v3/domain/messages',
    'GET //api.shop.example/v1/files',
    'POST //chat.example.com/api/chat',
    'POST //api.forms.example/forms/1/responses',
    'POST //localhost:8000/mcp',
    'GET //localhost:3000/',
  ])('%s is not AI', line => {
    expect(facts(line)).toMatchObject({ isAi: false, provider: null, api: 'none', evidence: [] });
  });
});

describe('paths at a host of one’s own', () => {
  test.each([
    ['POST ///v1/chat/completions', 'openai.chat'],
    ['POST ////openai//deployments/d/chat/completions/', 'openai.chat'],
    ['GET ///v1/chat/completions/chatcmpl-1', 'openai.chat'],
    ['POST ///v1/responses/resp_1/cancel', 'openai.responses'],
    ['POST ///v1/images/edits', 'openai.images'],
    ['POST ///v1/audio/speech', 'openai.audio'],
    ['POST ///v1/threads/t/messages', 'openai.assistants'],
    ['GET ///v1/files/f/content', 'openai.files'],
    ['GET ///v1/realtime', 'openai.realtime'],
    ['POST ///v1/batches', 'openai.batches'],
    ['POST ///v1/messages', 'anthropic.messages'],
    ['POST ///v1/messages/count_tokens', 'anthropic.count_tokens'],
    ['GET ///v1/messages/batches/b/results', 'anthropic.batches'],
    ['POST ///v1beta/models/g:countTokens', 'gemini.count_tokens'],
    ['POST ///v1beta/models/g:batchEmbedContents', 'gemini.embed'],
    ['POST ///v1beta/interactions', 'gemini.interactions'],
    ['POST ///v2/chat', 'cohere.chat'],
    ['POST ///v2/rerank', 'cohere.rerank'],
    ['POST ///api/generate', 'ollama.generate'],
    ['POST ///model/m/count-tokens', 'bedrock.count_tokens'],
    ['POST ///some/page', 'none'],
  ])('%s is %s', (line, api) => {
    expect(facts(line)).toMatchObject({ api, provider: null });
  });
});

describe('what a path names', () => {
  test.each([
    ['POST ///model/anthropic.claude-v2%3A1/converse-stream', 'anthropic.claude-v2:1', true],
    [
      'POST ///model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.m/invoke',
      'arn:aws:bedrock:us-east-1:1:inference-profile/us.m',
      false,
    ],
    [
      'POST ///model/arn:aws:bedrock:us-east-1:1:inference-profile/us.m/invoke',
      'arn:aws:bedrock:us-east-1:1:inference-profile/us.m',
      false,
    ],
    ['POST ///v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse', 'gemini-2.5-pro', true],
    [
      'POST ///v1/projects/p/locations/l/publishers/anthropic/models/claude@20250219:streamRawPredict',
      'claude@20250219',
      true,
    ],
    [
      'POST ///v1/projects/p/locations/l/publishers/anthropic/models/claude@20250219:rawPredict',
      'claude@20250219',
      null,
    ],
    ['POST ///openai/deployments/my-gpt/chat/completions', 'my-gpt', null],
    ['POST ///v1/chat/completions', null, null],
  ])('%s: model %s, stream %s', (line, model, stream) => {
    const told = facts(line);
    expect(told).toMatchObject({ model, stream });
    const from = (field: string) => told.evidence.find(one => one.field === field)?.from;
    expect(from('model')).toBe(model === null ? undefined : 'path');
    expect(from('stream')).toBe(stream === null ? undefined : 'path');
  });
});

describe('configured providers and headers', () => {
  test('a configured provider keeps its name, and its kind tells the dialect of a shared path', () => {
    const cohere = facts('POST ///v1/chat', { provider: 'mine', kind: 'cohere' });
    expect(cohere).toMatchObject({ provider: 'mine', api: 'cohere.chat', ambiguous: false });
    expect(cohere.evidence[0]).toEqual({ field: 'provider', from: 'config', value: 'mine' });
    expect(facts('POST ///v1/chat', { provider: 'w', kind: 'openai-compatible' }).api).toBe('openai.chat');
    expect(facts('POST ///v1/chat').ambiguous).toBe(true);
    expect(facts('POST ///unheard/of', { provider: 'w', kind: 'openai' })).toMatchObject({
      isAi: true,
      api: 'other',
    });
  });

  test('the version header makes an unknown host’s messages Anthropic’s', () => {
    const header = (name: string) => (name === 'anthropic-version' ? '2023-06-01' : null);
    expect(facts('POST //proxy.example.com/v1/messages').isAi).toBe(false);
    expect(facts('POST //proxy.example.com/v1/messages', { header })).toMatchObject({
      isAi: true,
      api: 'anthropic.messages',
    });
    expect(facts('POST //proxy.example.com/v1/messages').isAi).toBe(false);
  });

  test('remembers heads without confusing them', () => {
    const asked = facts('POST ///v1/rerank');
    expect(facts('POST ///v1/rerank')).toBe(asked);
    expect(facts('POST ///v1/rerank', { provider: 'a', kind: 'cohere' }).provider).toBe('a');
    expect(facts('POST ///v1/rerank', { provider: 'b', kind: 'cohere' }).provider).toBe('b');
    expect(facts('POST //10.0.0.1/v1/models').api).toBe('none');
    expect(facts('GET //10.0.0.1/v1/models').api).toBe('openai.models');
    for (let i = 0; i < 3000; i++) facts(`POST ///model/m${i}/invoke`);
    expect(facts('POST ///model/m7/invoke').model).toBe('m7');
  });
});
