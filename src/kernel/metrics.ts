/**
 * Numbers about this process for Prometheus, in its text format (exposition format 0.0.4). Counting is an addition in
 * memory; texts are only made when somebody asks (decision 0017).
 */

type Labels = Readonly<Record<string, string>>;

const escapeValue = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

const shown = (labels: Labels): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeValue(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
};

const headOf = (name: string, type: string, help: string): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
];

/** A number that only grows, one for each value of its one label. Values come from closed lists, never from requests. */
export class Counter {
  readonly #counts = new Map<string, number>();
  readonly #name: string;
  readonly #help: string;
  readonly #label: string;

  constructor(name: string, help: string, label: string) {
    this.#name = name;
    this.#help = help;
    this.#label = label;
  }

  add(value: string): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
  }

  lines(): string[] {
    const rows = [...this.#counts].sort(([one], [other]) => (one < other ? -1 : 1));
    return [
      ...headOf(this.#name, 'counter', this.#help),
      ...rows.map(([value, count]) => `${this.#name}${shown({ [this.#label]: value })} ${count}`),
    ];
  }
}

/** How often a duration lay at or below each of some bounds, in seconds. */
export class Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  /** `bounds` rise. */
  constructor(name: string, help: string, bounds: readonly number[]) {
    this.#name = name;
    this.#help = help;
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  observe(seconds: number): void {
    this.#sum += seconds;
    this.#count += 1;
    const bucket = this.#bounds.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  lines(): string[] {
    let below = 0;
    const buckets = this.#bounds.map((bound, index) => {
      below += this.#counts[index] ?? 0;
      return `${this.#name}_bucket${shown({ le: String(bound) })} ${below}`;
    });
    return [
      ...headOf(this.#name, 'histogram', this.#help),
      ...buckets,
      `${this.#name}_bucket{le="+Inf"} ${this.#count}`,
      `${this.#name}_sum ${this.#sum}`,
      `${this.#name}_count ${this.#count}`,
    ];
  }
}

/** A number as it is now. */
export const gaugeLines = (name: string, help: string, value: number): string[] => [
  ...headOf(name, 'gauge', help),
  `${name} ${value}`,
];

/** What this registry counts. */
export interface Metrics {
  /** A code was asked for (`asked`), or one that came was `refused` or `accepted`. */
  readonly challenges: Counter;
  /** Which factor an act was done with. */
  readonly redemptions: Counter;
  /** Which limit refused: `too_many_attempts`, `too_many_requests`, `codes_barred`, `token_suspended`, `busy`. */
  readonly budgets: Counter;
  /** Passwords that were `right` or `wrong`. */
  readonly passwords: Counter;
  /** Answers by the class of their status, `2xx`. */
  readonly answers: Counter;
  readonly latency: Histogram;
}

export const createMetrics = (): Metrics => ({
  challenges: new Counter(
    'tallystick_challenges_total',
    'One-time codes asked for, refused, accepted.',
    'result',
  ),
  redemptions: new Counter('tallystick_redemptions_total', 'Acts that a factor opened.', 'factor'),
  budgets: new Counter('tallystick_budgets_hit_total', 'Requests that a limit refused.', 'limit'),
  passwords: new Counter('tallystick_password_checks_total', 'Passwords checked.', 'result'),
  answers: new Counter('tallystick_requests_total', 'Requests answered.', 'status'),
  latency: new Histogram(
    'tallystick_request_seconds',
    'From the head of a request to the end of its answer.',
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
  ),
});
