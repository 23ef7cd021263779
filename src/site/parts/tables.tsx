import type { ComponentChildren } from 'preact';

/** A column: its words, and what stands in it for a row. */
export interface Column<Row> {
  readonly label: string;
  /** `number` is set right, `action` holds buttons and hides its label. */
  readonly kind?: 'text' | 'number' | 'action';
  readonly cell: (row: Row) => ComponentChildren;
}

/** A list of like things. The first column names the row; on a narrow screen each row becomes a card. */
export function DataTable<Row>(props: {
  readonly caption: string;
  /** The caption only for those who cannot see the heading above the table. */
  readonly quietCaption?: boolean;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
}) {
  const { columns, rows, keyOf } = props;
  return (
    <table class="table">
      <caption class={props.quietCaption ? 'hush' : undefined}>{props.caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.label} scope="col" class={column.kind}>
              {column.kind === 'action' ? <span class="hush">{column.label}</span> : column.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map((column, index) => (
              <Cell key={column.label} column={column} row={row} first={index === 0} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell<Row>({ column, row, first }: { column: Column<Row>; row: Row; first: boolean }) {
  if (first) return <th scope="row">{column.cell(row)}</th>;
  return (
    <td class={column.kind} data-label={column.kind === 'action' ? undefined : column.label}>
      {column.cell(row)}
    </td>
  );
}

/** A term and what it is here. */
export interface Definition {
  readonly term: string;
  readonly value: ComponentChildren;
}

/** Facts: a term and what it is. `stacked` sets the term above its value, for a narrow column. */
export function DefinitionList(props: { readonly items: readonly Definition[]; readonly stacked?: boolean }) {
  return (
    <dl class={props.stacked ? 'facts stacked' : 'facts'}>
      {props.items.map(({ term, value }) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
