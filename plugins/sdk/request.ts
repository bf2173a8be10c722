// What is known of the request and, from on_response on, of its answer. Texts are '' and numbers -1 where they are absent or unknown.
import { Field, numberField, tagField, textField } from './field';

export class request {
  /** As the request stands: a model that an earlier policy set is this one. */
  static get model(): string {
    return textField(Field.MODEL);
  }
  static get provider(): string {
    return textField(Field.PROVIDER);
  }
  /** `openai.chat`, `anthropic.messages`, … */
  static get api(): string {
    return textField(Field.API);
  }
  static get consumer(): string {
    return textField(Field.CONSUMER);
  }
  /** The name of the consumer's key. */
  static get key(): string {
    return textField(Field.KEY);
  }
  /** As the body or its metadata names him. */
  static get endUser(): string {
    return textField(Field.END_USER);
  }
  static get method(): string {
    return textField(Field.METHOD);
  }
  static get path(): string {
    return textField(Field.PATH);
  }
  static get clientIp(): string {
    return textField(Field.CLIENT_IP);
  }
  static get id(): string {
    return textField(Field.REQUEST_ID);
  }
  /** A tag of the consumer, or of this request where the configuration takes it; '' where there is none. */
  static tag(name: string): string {
    return tagField(name);
  }
  static get stream(): bool {
    return numberField(Field.STREAM) == 1;
  }
  /** Counted or estimated before the call; what was billed, in on_end. */
  static get inputTokens(): i64 {
    return numberField(Field.INPUT_TOKENS);
  }
  static get maxOutputTokens(): i64 {
    return numberField(Field.MAX_OUTPUT_TOKENS);
  }
  /** How many tools it offers. */
  static get tools(): i64 {
    return numberField(Field.TOOLS);
  }
  /** Images, audio and files, which `messages` cannot show. */
  static get opaqueParts(): i64 {
    return numberField(Field.OPAQUE_PARTS);
  }
}

export class answer {
  /** HTTP status, from on_response on. */
  static get status(): i32 {
    return <i32>numberField(Field.STATUS);
  }
  static get modelServed(): string {
    return textField(Field.MODEL_SERVED);
  }
  /** As the provider names it; known at the end. */
  static get finishReason(): string {
    return textField(Field.FINISH_REASON);
  }
  static get inputTokens(): i64 {
    return numberField(Field.INPUT_TOKENS);
  }
  /** Reasoning included. */
  static get outputTokens(): i64 {
    return numberField(Field.OUTPUT_TOKENS);
  }
  static get cachedInputTokens(): i64 {
    return numberField(Field.CACHED_INPUT_TOKENS);
  }
  static get cacheWriteTokens(): i64 {
    return numberField(Field.CACHE_WRITE_TOKENS);
  }
  static get reasoningTokens(): i64 {
    return numberField(Field.REASONING_TOKENS);
  }
}
