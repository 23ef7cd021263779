const width = 240;
const height = 48;

/** Values over time, the oldest first, as a small area; what it shows is also said in words. */
export function AreaChart(props: {
  readonly values: readonly number[];
  /** What is counted, and per what: `Weekly downloads`. */
  readonly label: string;
  readonly id?: string;
}) {
  const { values, id = 'chart' } = props;
  const line = draw(values);
  return (
    <svg
      class="chart"
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-labelledby={`${id}-title ${id}-words`}
      preserveAspectRatio="none"
    >
      <title id={`${id}-title`}>{props.label}</title>
      <desc id={`${id}-words`}>{describe(values)}</desc>
      <path class="chart-area" d={`M0 ${height} L${line} L${width} ${height}z`} />
      <path class="chart-line" d={`M${line}`} fill="none" vector-effect="non-scaling-stroke" />
    </svg>
  );
}

/** Points of the line, two pixels below the top at the highest value, on the ground at zero. */
function draw(values: readonly number[]): string {
  const shown = values.length > 1 ? values : [values[0] ?? 0, values[0] ?? 0];
  const highest = Math.max(1, ...shown);
  const step = width / (shown.length - 1);
  const points = shown.map((value, index) => {
    const y = height - 1 - (value / highest) * (height - 3);
    return `${(index * step).toFixed(1)} ${y.toFixed(1)}`;
  });
  return points.join(' L');
}

function describe(values: readonly number[]): string {
  if (values.length === 0) return 'No values yet.';
  const say = (value: number | undefined) => (value ?? 0).toLocaleString('en');
  return `${values.length} values from ${say(values[0])} to ${say(values.at(-1))}, highest ${say(Math.max(...values))}.`;
}
