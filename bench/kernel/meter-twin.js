// The good plain twin of kernel meter: finds line ends in the buffer, makes a string of each whole line, JSON.parse, merges usage by
// maximum. What a careful author would write without a kernel; it does not look at texts, errors or raw bytes.
const LINE_FEED = 10;

export class LineTwin {
  #rest = null;
  model = null;
  events = 0;
  input = 0;
  output = 0;

  push(chunk) {
    const bytes = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    let from = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, from)) {
      this.#line(bytes, from, end);
      from = end + 1;
    }
    this.#rest = from === bytes.length ? null : bytes.subarray(from);
  }

  finish() {
    if (this.#rest !== null) this.#line(this.#rest, 0, this.#rest.length);
    return { model: this.model, events: this.events, input: this.input, output: this.output };
  }

  #line(bytes, from, end) {
    const first = bytes[from];
    let at = from;
    if (first === 0x64 && bytes[from + 4] === 0x3a)
      at = from + 5; // data:
    else if (first !== 0x7b) return;
    while (bytes[at] === 0x20) at++;
    if (bytes[at] !== 0x7b) return;
    this.#event(JSON.parse(bytes.toString('utf8', at, end)));
  }

  #event(event) {
    this.events++;
    const model = event.model || event.modelVersion || event.message?.model || event.interaction?.model;
    if (model && !this.model) this.model = model;
    if (event.response?.model) this.model = event.response.model;
    this.#usage(event.usage);
    this.#usage(event.usageMetadata);
    this.#usage(event.message?.usage);
    this.#usage(event.response?.usage);
    this.#usage(event.response?.meta?.tokens);
    this.#usage(event.delta?.usage?.tokens);
    this.#usage(event.delta?.usage);
    this.#usage(event.x_groq?.usage);
    this.#usage(event.interaction?.usage);
    this.#counts(event.prompt_eval_count, event.eval_count);
  }

  #usage(usage) {
    if (usage === null || typeof usage !== 'object') return;
    this.#counts(
      usage.prompt_tokens ?? usage.input_tokens ?? usage.promptTokenCount ?? usage.total_input_tokens,
      usage.completion_tokens ??
        usage.output_tokens ??
        usage.candidatesTokenCount ??
        usage.total_output_tokens,
    );
  }

  #counts(input, output) {
    if (input > this.input) this.input = input;
    if (output > this.output) this.output = output;
  }
}
