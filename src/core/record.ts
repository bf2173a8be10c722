// The record as the public sees it (CONTRACT.md §4). Unknown numbers are null, never 0.
import type { ErrorSource } from './codes.js';
import type { Outcome, Phase, StepKind, Verdict } from './entry.js';

export interface UsageRecord {
  input_tokens: number | null;
  output_tokens: number | null;
  cached_input_tokens: number | null;
  cache_write_tokens: number | null;
  cache_write_1h_tokens: number | null;
  reasoning_tokens: number | null;
  audio_input_tokens: number | null;
  audio_output_tokens: number | null;
  service_tier: string | null;
  source: 'provider' | 'counted' | 'estimated' | 'none';
  sources: { input: string; output: string };
  /** The provider's own usage object(s). */
  raw: unknown;
}

export interface CostRecord {
  usd: string | null;
  status: 'reported' | 'computed' | 'estimated' | 'unpriced';
  price: string | null;
  catalogue: string | null;
}

export interface RequestRecord {
  id: string;
  /** RFC 3339, UTC, ms. */
  time: string;
  outcome: Outcome;
  status: number | null;
  trace_id: string | null;
  error: { source: ErrorSource; code: string; message: string } | null;
  request: {
    method: string;
    path: string;
    bytes: number;
    client_ip: string;
    user_agent: string | null;
  };
  ai: AiRecord;
  consumer: {
    name: string;
    key: string | null;
    tags: Record<string, string>;
    end_user: string | null;
  } | null;
  steps: {
    phase: Phase;
    policy: string | null;
    kind: StepKind;
    mode: 'enforce' | 'shadow';
    verdict: Verdict;
    code: string;
    evidence: Record<string, string | number | boolean | null>;
    micros: number;
  }[];
  attempts: {
    target: string;
    status: number | null;
    error: string | null;
    started_ms: number;
    first_byte_ms: number | null;
    total_ms: number | null;
    usage: UsageRecord | null;
    cost: CostRecord | null;
  }[];
  usage: UsageRecord;
  cost: CostRecord;
  timing: { total_ms: number | null; first_byte_ms: number | null; gateway_ms: number | null };
}

export interface AiRecord {
  is_ai: boolean;
  provider: string | null;
  api: string;
  model: string | null;
  model_served: string | null;
  stream: boolean | null;
  max_output_tokens: number | null;
  messages: number | null;
  tools: number | null;
  modalities: string[];
  evidence: { field: string; from: string; value: string }[];
}
