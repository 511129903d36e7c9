/** Styles of blocks: text, fields, tables, charts, alerts, plans. */
export const BLOCK_STYLE = `
.blocks { display: flex; flex-direction: column; gap: 8px; max-width: 720px; padding: 2px 0 4px; }
.blocks h3 { font-size: 18px; line-height: 1.35; font-weight: 900; padding-top: 4px; white-space: pre-wrap; overflow-wrap: anywhere; }
.blocks hr { border: 0; border-top: 1px solid var(--line); width: 100%; margin: 4px 0; }
.section { display: flex; gap: 16px; justify-content: space-between; align-items: flex-start; }
.section .words { flex: 1; min-width: 0; }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 8px 24px; padding-top: 4px; }
.context { display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: center; font-size: 13px; line-height: 1.4; color: var(--soft); }
.context span { white-space: pre-wrap; overflow-wrap: anywhere; }
.context img { width: 20px; height: 20px; border-radius: 3px; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
code { font: 12px/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace; color: var(--code); background: var(--well); border: 1px solid var(--line); border-radius: 3px; padding: 1px 3px; }
pre { font: 12px/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace; background: var(--well); border: 1px solid var(--line); border-radius: 4px; padding: 8px; margin: 4px 0; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 420px; overflow-y: auto; }
blockquote { margin: 4px 0; padding-left: 12px; border-left: 4px solid var(--line); }
.mention { background: var(--mention-bg); color: var(--mention); border-radius: 3px; padding: 0 2px 1px; }
.rich-text p { white-space: pre-wrap; overflow-wrap: anywhere; }
.rich-text ul, .rich-text ol { margin: 2px 0; padding-left: 26px; }
.table { border: 1px solid var(--line); border-radius: 8px; overflow: auto; max-height: 520px; }
.table table { border-collapse: collapse; width: 100%; font-size: 14px; }
.table th, .table td { text-align: left; vertical-align: top; padding: 6px 12px; border-bottom: 1px solid var(--line); white-space: nowrap; }
.table th:not(:last-child), .table td:not(:last-child) { border-right: 1px solid var(--line); }
.table tr:last-child td { border-bottom: 0; }
.table th { background: var(--well); font-weight: 700; position: sticky; top: 0; }
.table .right { text-align: right; font-variant-numeric: tabular-nums; } .table .center { text-align: center; }
.table .wrapped { white-space: normal; min-width: 220px; }
figure { margin: 0; }
.image figcaption { font-size: 13px; color: var(--soft); padding-bottom: 4px; }
.image img { max-width: min(100%, 560px); border-radius: 8px; border: 1px solid var(--line); display: block; }
.accessory img { width: 88px; height: 88px; object-fit: cover; border-radius: 8px; }
.no-image { display: inline-block; padding: 10px 14px; border: 1px dashed var(--line); border-radius: 8px; color: var(--soft); font-size: 13px; }
.chart { border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; }
.chart figcaption { font-weight: 700; padding-bottom: 6px; }
.chart svg { width: 100%; height: auto; display: block; }
.chart small { color: var(--soft); display: block; text-align: center; }
.chart ul { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 8px 0 0; padding: 0; font-size: 13px; color: var(--soft); }
.chart li::before { content: ''; display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 6px; background: currentColor; }
.chart .grid { stroke: var(--line); stroke-width: 1; } .chart .tick { fill: var(--soft); font-size: 11px; }
.series-0 { --c: var(--s0); } .series-1 { --c: var(--s1); } .series-2 { --c: var(--s2); } .series-3 { --c: var(--s3); } .series-4 { --c: var(--s4); } .series-5 { --c: var(--s5); }
.chart li::before { background: var(--c); }
.chart .line { fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round; }
.chart .area { fill: var(--c); opacity: .18; } .chart .bar { fill: var(--c); }
.chart .slice { fill: none; stroke: var(--c); stroke-width: 36; }
.alert { border: 1px solid var(--line); border-left: 4px solid var(--soft); border-radius: 6px; padding: 8px 12px; white-space: pre-wrap; }
.alert.info { border-left-color: var(--info); } .alert.warning { border-left-color: var(--warning); }
.alert.error { border-left-color: var(--error); } .alert.success { border-left-color: var(--success); }
.plan { border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; display: grid; gap: 4px; }
.task { display: flex; gap: 8px; } .task .sign { width: 16px; text-align: center; color: var(--soft); }
.task.complete .sign { color: var(--success); } .task.error .sign { color: var(--error); } .task.in_progress .sign { color: var(--info); }
`;
