// A chart over time: uPlot's canvas, with the newest values in words above it and all of them in a table below it.
import { byId, element, setText, showTable } from './dom.js';

export interface Line {
  readonly name: string;
  /** Names the colour: class `s-<colour>` of the style sheet. */
  readonly colour: string;
  readonly filled?: boolean;
}

export interface ChartOptions {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly show: (value: number) => string;
}

export interface ChartData {
  /** Beginning of each step, s since the epoch. */
  readonly times: readonly number[];
  /** As many as lines, each as long as `times`. */
  readonly values: readonly (readonly number[])[];
  readonly showTime: (date: Date) => string;
  /** What a step is: "each minute". */
  readonly step: string;
}

const HEIGHT = 180;

export class Chart {
  readonly #figure: HTMLElement;
  readonly #options: ChartOptions;
  readonly #canvas = element('div', '', 'chart');
  readonly #readout = element('p', '', 'legend');
  readonly #table = element('div', '', 'scroll');
  readonly #details = element('details');
  #plot: uPlot | null = null;
  #data: ChartData = { times: [], values: [], showTime: String, step: '' };

  constructor(id: string, options: ChartOptions) {
    this.#figure = byId(id);
    this.#options = options;
    const title = element('h3', options.title);
    title.id = `${id}-title`;
    this.#canvas.setAttribute('role', 'img');
    this.#details.append(element('summary', `${options.title} as a table`), this.#table);
    this.#details.addEventListener('toggle', () => this.#showTable());
    this.#figure.append(title, this.#readout, this.#canvas, this.#details);
    new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(this.#canvas);
  }

  show(data: ChartData): void {
    this.#data = data;
    const columns = [data.times, ...data.values] as unknown as uPlot.AlignedData;
    if (this.#plot === null) this.#plot = new uPlot(this.#plotOptions(), columns, this.#canvas);
    else this.#plot.setData(columns);
    this.#canvas.setAttribute('aria-label', this.#inWords());
    this.#showReadout(null);
    this.#showTable();
  }

  /** Colours have changed. */
  redraw(): void {
    this.#plot?.destroy();
    this.#plot = null;
    if (this.#data.times.length > 0) this.show(this.#data);
  }

  #size(): { width: number; height: number } {
    return { width: Math.max(100, this.#canvas.clientWidth), height: HEIGHT };
  }

  #plotOptions(): uPlot.Options {
    const { lines, show } = this.#options;
    const [axis, grid] = [colourOf(this.#figure, 'axis'), colourOf(this.#figure, 'grid')];
    const font = `12px ${getComputedStyle(this.#figure).fontFamily}`;
    const drawn = { stroke: axis, font, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
    return {
      ...this.#size(),
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, y: false, points: { size: 6 } },
      scales: { y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.08 : 1] } },
      axes: [
        {
          ...drawn,
          values: (_plot, splits) => splits.map(at => this.#data.showTime(new Date(at * 1000))),
          space: 75,
        },
        { ...drawn, values: (_plot, splits) => splits.map(show), size: 52 },
      ],
      series: [
        {},
        ...lines.map(({ name, colour, filled }) => {
          const stroke = colourOf(this.#figure, colour);
          const under = filled === true ? { fill: stroke.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.13)') } : {};
          return { label: name, stroke, width: 1.75, points: { show: false }, ...under };
        }),
      ],
      hooks: { setCursor: [plot => this.#showReadout(plot.cursor.idx ?? null)] },
    };
  }

  /** @param at step that the pointer is on; null: the newest */
  #showReadout(at: number | null): void {
    const { times, values, showTime } = this.#data;
    const last = at ?? times.length - 1;
    const time = times[last];
    if (time === undefined) return;
    const shown = this.#options.lines.map(({ name, colour }, i) => {
      const item = element('span', '', `swatch s-${colour}`);
      const label = element('span', `${name} `);
      label.append(element('b', this.#options.show(values[i]?.[last] ?? 0)));
      item.append(label);
      return item;
    });
    this.#readout.replaceChildren(element('span', showTime(new Date(time * 1000))), ...shown);
  }

  #inWords(): string {
    const { values, step } = this.#data;
    const told = this.#options.lines.map(({ name }, i) => {
      const line = values[i] ?? [];
      return `${name} now ${this.#options.show(line.at(-1) ?? 0)}, at most ${this.#options.show(Math.max(0, ...line))}`;
    });
    return `Chart: ${this.#options.title}, ${step}. ${told.join('; ')}. The table below has all values.`;
  }

  /** Newest first; only while it is open. */
  #showTable(): void {
    if (!this.#details.open) return;
    const { times, values, showTime } = this.#data;
    const rows = times.map((time, at) => ({
      key: String(time),
      cells: [
        { text: showTime(new Date(time * 1000)) },
        ...values.map(line => ({ text: this.#options.show(line[at] ?? 0) })),
      ],
    }));
    const columns = [
      { title: 'Time' },
      ...this.#options.lines.map(({ name }) => ({ title: name, as: 'number' as const })),
    ];
    showTable(this.#table, `${this.#figure.id}-title`, columns, rows.reverse(), 'Nothing yet.');
    setText(this.#details.querySelector('summary') ?? this.#details, `${this.#options.title} as a table`);
  }
}

/** The style sheet's colours, as a canvas understands them. */
function colourOf(near: HTMLElement, name: string): string {
  const probe = element('i', '', `s-${name}`);
  near.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
