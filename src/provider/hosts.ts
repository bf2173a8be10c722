// Who stands behind a host name. Facts from the providers' documentation and SDKs; names as in table.ts where Weir has
// a row, else the provider's usual short name. A host that serves more than AI says so by its path.

/** A host as a request names it. */
export interface HostParts {
  /** Lower case, without port, brackets and a trailing dot. */
  readonly name: string;
  readonly port: string;
}

const EXACT: Readonly<Record<string, string>> = {
  'api.openai.com': 'openai',
  'api.anthropic.com': 'anthropic',
  'generativelanguage.googleapis.com': 'gemini',
  'aiplatform.googleapis.com': 'vertex-ai',
  'aiplatform.mtls.googleapis.com': 'vertex-ai',
  'api.mistral.ai': 'mistral',
  'codestral.mistral.ai': 'mistral',
  'api.cohere.com': 'cohere',
  'api.cohere.ai': 'cohere',
  'production.api.os.cohere.ai': 'cohere',
  'api.groq.com': 'groq',
  'api.deepseek.com': 'deepseek',
  'api.x.ai': 'xai',
  'openrouter.ai': 'openrouter',
  'api.together.xyz': 'together',
  'api.together.ai': 'together',
  'api.fireworks.ai': 'fireworks',
  'api.perplexity.ai': 'perplexity',
  'api.cerebras.ai': 'cerebras',
  'api.sambanova.ai': 'sambanova',
  'fast-api.snova.ai': 'sambanova',
  'api.deepinfra.com': 'deepinfra',
  'api.z.ai': 'zai',
  'open.bigmodel.cn': 'zai',
  'api.moonshot.ai': 'moonshot',
  'api.moonshot.cn': 'moonshot',
  'router.huggingface.co': 'huggingface',
  'api-inference.huggingface.co': 'huggingface',
  'ai-gateway.vercel.sh': 'vercel-ai-gateway',
  'api.v0.dev': 'vercel',
  'api.writer.com': 'writer',
  'api.voyageai.com': 'voyage',
  'ai.mongodb.com': 'voyage',
  'api.avian.io': 'avian',
  'api.inference.crusoecloud.com': 'crusoe',
  'api.replicate.com': 'replicate',
  'integrate.api.nvidia.com': 'nvidia',
  'ai.api.nvidia.com': 'nvidia',
  'models.github.ai': 'github',
  'models.inference.ai.azure.com': 'github',
  'api.githubcopilot.com': 'github-copilot',
  'api.ai21.com': 'ai21',
  'api.jina.ai': 'jina',
  'api.mixedbread.com': 'mixedbread',
  'api.novita.ai': 'novita',
  'api.studio.nebius.com': 'nebius',
  'api.studio.nebius.ai': 'nebius',
  'api.tokenfactory.nebius.com': 'nebius',
  'api.hyperbolic.xyz': 'hyperbolic',
  'api.lambda.ai': 'lambda',
  'api.lambdalabs.com': 'lambda',
  'inference.baseten.co': 'baseten',
  'api.friendli.ai': 'friendli',
  'inference.friendli.ai': 'friendli',
  'api.upstage.ai': 'upstage',
  'api.inceptionlabs.ai': 'inception',
  'api.featherless.ai': 'featherless',
  'llm.chutes.ai': 'chutes',
  'api.parasail.io': 'parasail',
  'api.kluster.ai': 'kluster',
  'api.scaleway.ai': 'scaleway',
  'api.siliconflow.cn': 'siliconflow',
  'api.siliconflow.com': 'siliconflow',
  'api.minimax.io': 'minimax',
  'api.minimax.chat': 'minimax',
  'api.minimaxi.com': 'minimax',
  'api.stepfun.com': 'stepfun',
  'api.stepfun.ai': 'stepfun',
  'api.lingyiwanwu.com': 'yi',
  'api.baichuan-ai.com': 'baichuan',
  'qianfan.baidubce.com': 'baidu',
  'api.hunyuan.cloud.tencent.com': 'tencent',
  'spark-api-open.xf-yun.com': 'iflytek',
  'api.xiaomimimo.com': 'xiaomi',
  'api.reka.ai': 'reka',
  'api.aleph-alpha.com': 'aleph-alpha',
  'api.nlpcloud.io': 'nlpcloud',
  'api.endpoints.anyscale.com': 'anyscale',
  'api.aimlapi.com': 'aimlapi',
  'api.venice.ai': 'venice',
  'api.morphllm.com': 'morph',
  'inference.api.nscale.com': 'nscale',
  'api.inference.net': 'inference-net',
  'api.llama.com': 'meta',
  'api.arcee.ai': 'arcee',
  'conductor.arcee.ai': 'arcee',
  'api.sarvam.ai': 'sarvam',
  'api.poe.com': 'poe',
  'api.stability.ai': 'stability',
  'inference.do-ai.run': 'digitalocean',
  'us.inference.heroku.com': 'heroku',
  'eu.inference.heroku.com': 'heroku',
  'openai.inference.de-txl.ionos.com': 'ionos',
  'api.infomaniak.com': 'infomaniak',
  'router.requesty.ai': 'requesty',
  'api.portkey.ai': 'portkey',
  'gateway.ai.cloudflare.com': 'cloudflare',
  'api.opper.ai': 'opper',
  'llmgateway.io': 'llmgateway',
  'api.llmgateway.io': 'llmgateway',
  'api.galadriel.com': 'galadriel',
  'glhf.chat': 'synthetic',
  'api.synthetic.new': 'synthetic',
  'opencode.ai': 'opencode',
  'nano-gpt.com': 'nanogpt',
  'api.inference.wandb.ai': 'wandb',
  'api.gmi-serving.com': 'gmi',
  'serving.app.predibase.com': 'predibase',
  'text.octoai.run': 'octoai',
  'chatapi.akash.network': 'akash',
  'gigachat.devices.sberbank.ru': 'gigachat',
  'llm.api.cloud.yandex.net': 'yandex',
  'clovastudio.stream.ntruss.com': 'naver',
  'chat.maritaca.ai': 'maritaca',
};

/** Everything under these names, by the longest that fits. */
const UNDER: Readonly<Record<string, string>> = {
  'api.openai.com': 'openai',
  'openai.azure.com': 'azure-openai',
  'openai.azure.us': 'azure-openai',
  'openai.azure.cn': 'azure-openai',
  'models.ai.azure.com': 'azure-ai',
  'inference.ml.azure.com': 'azure-ai',
  'inference.ai.azure.com': 'azure-ai',
  'ml.cloud.ibm.com': 'watsonx',
  'aiplatform.googleapis.com': 'vertex-ai',
  'prediction.vertexai.goog': 'vertex-ai',
  'endpoints.huggingface.cloud': 'huggingface',
  'api.x.ai': 'xai',
  'api.fireworks.ai': 'fireworks',
  'helicone.ai': 'helicone',
  'api.baseten.co': 'baseten',
  'modal.direct': 'modal',
  'runpod.ai': 'runpod',
  'lepton.run': 'lepton',
  'githubcopilot.com': 'github-copilot',
  'ml.hana.ondemand.com': 'sap',
  'ai.cloud.ovh.net': 'ovhcloud',
  'agents.do-ai.run': 'digitalocean',
};

/** The provider a host and path (decoded segments) belong to, or null: not AI, or nobody that is known. */
export function providerOfHost(host: HostParts, segments: readonly string[]): string | null {
  const { name } = host;
  const exact = Object.hasOwn(EXACT, name) ? EXACT[name] : undefined;
  if (exact !== undefined) return exact;
  const under = underKnown(name);
  if (under !== null) return under;
  if (host.port === '11434') return 'ollama';
  return cloudOf(name, segments);
}

function underKnown(name: string): string | null {
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
    const parent = name.slice(dot + 1);
    if (Object.hasOwn(UNDER, parent)) return UNDER[parent] ?? null;
  }
  return null;
}

/** Clouds whose hosts serve more than models: the service's label or the path decides. */
function cloudOf(name: string, segments: readonly string[]): string | null {
  if (
    name.endsWith('-aiplatform.googleapis.com') ||
    /^aiplatform\.[a-z]+\.rep\.googleapis\.com$/.test(name)
  ) {
    return 'vertex-ai';
  }
  if (/\.(amazonaws\.com|amazonaws\.com\.cn|api\.aws)$/.test(name)) return awsService(name);
  if (/\.(azure\.com|azure\.us|azure\.cn|azure-api\.net|microsoft\.com)$/.test(name)) {
    return azureService(name, segments);
  }
  if (/^dashscope[a-z-]*\.aliyuncs\.com$/.test(name) || name.endsWith('.maas.aliyuncs.com')) return 'alibaba';
  if (/^ark\.[a-z0-9.-]+\.(volces|bytepluses)\.com$/.test(name)) return 'volcengine';
  if (name === 'api.cloudflare.com') return segments.includes('ai') ? 'cloudflare' : null;
  if (name.endsWith('.snowflakecomputing.com')) return segments.includes('cortex') ? 'snowflake' : null;
  if (/\.(cloud\.databricks\.com|azuredatabricks\.net|gcp\.databricks\.com)$/.test(name)) {
    return segments[0] === 'serving-endpoints' || name.includes('.ai-gateway.') ? 'databricks' : null;
  }
  if (/^generativeai\.|^inference\.generativeai\./.test(name) && name.endsWith('.oraclecloud.com'))
    return 'oracle';
  if (name === 'ollama.com') return /^(api|v1)$/.test(segments[0] ?? '') ? 'ollama-cloud' : null;
  if (name === 'chatgpt.com')
    return segments[0] === 'backend-api' && segments.includes('codex') ? 'openai' : null;
  return null;
}

const BEDROCK_LABEL = /^bedrock(-runtime|-agent|-agent-runtime|-mantle)?(-fips)?$/;

function awsService(name: string): string | null {
  const labels = name.split('.');
  if (labels.includes('s3')) return null; // a bucket may be called anything
  if (labels.some(label => BEDROCK_LABEL.test(label))) return 'bedrock';
  return labels[0] === 'runtime' && labels[1] === 'sagemaker' ? 'sagemaker' : null;
}

/** A resource of Azure AI answers in several dialects: `/openai/…` is Azure OpenAI, the rest of a Foundry host is not. */
function azureService(name: string, segments: readonly string[]): string | null {
  const openai = segments.includes('openai');
  if (name.includes('.services.ai.azure.')) return openai ? 'azure-openai' : 'azure-ai';
  if (name.includes('.cognitiveservices.azure.') || name.endsWith('.api.cognitive.microsoft.com')) {
    return openai ? 'azure-openai' : segments[0] === 'models' ? 'azure-ai' : null;
  }
  if (name.endsWith('.azure-api.net')) {
    return openai || segments.includes('deployments') ? 'azure-openai' : null;
  }
  return null;
}

export function hostParts(host: string): HostParts {
  const lower = host.trim().toLowerCase();
  if (lower.startsWith('[')) {
    const end = lower.indexOf(']');
    return { name: lower.slice(1, end < 0 ? undefined : end), port: lower.slice(end + 2) };
  }
  const colon = lower.lastIndexOf(':');
  const name = colon < 0 ? lower : lower.slice(0, colon);
  return {
    name: name.endsWith('.') ? name.slice(0, -1) : name,
    port: colon < 0 ? '' : lower.slice(colon + 1),
  };
}

/** Hosts of one's own network, where a model server may stand: its paths are believed sooner than a stranger's. */
export function isOwnNetwork(name: string): boolean {
  if (name === '::1' || name === '0.0.0.0' || /^(f[cd][0-9a-f]{2}:|fe80:)/.test(name)) return true;
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return /^(127|10|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(name);
  return !name.includes('.') || /\.(local|localhost|internal|lan|home|svc|cluster\.local)$/.test(name);
}
