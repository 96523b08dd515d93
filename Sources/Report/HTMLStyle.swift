/// The look of the page: paper, one column, colour only where it means
/// something.
enum HTMLStyle {
    static let sheet = """
        :root {
          --paper: #fbfaf8; --card: #ffffff; --ink: #1f2328; --soft: #626a73; --line: #e6e3de; --code: #f2f0ec;
          --good: #1a7f4b; --good-tint: #e9f5ee; --noted: #946200; --noted-tint: #fbf3df;
          --bad: #b3261e; --bad-tint: #fcecea; --plain: #57606a; --plain-tint: #f0eeea;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #14171a; --card: #1b1f23; --ink: #e4e7ea; --soft: #9aa3ac; --line: #2c3238; --code: #252a30;
            --good: #5cc98f; --good-tint: #15281f; --noted: #e0b04d; --noted-tint: #2a2414;
            --bad: #f2877f; --bad-tint: #301a19; --plain: #9aa3ac; --plain-tint: #22272c;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0; background: var(--paper); color: var(--ink);
          font: 16px/1.55 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
          -webkit-text-size-adjust: 100%;
        }
        main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
        header { border: 1px solid var(--line); border-radius: 14px; background: var(--card); padding: 1.6rem 1.75rem 1.4rem; }
        header.good { border-top: 5px solid var(--good); }
        header.noted { border-top: 5px solid var(--noted); }
        header.bad { border-top: 5px solid var(--bad); }
        header.plain { border-top: 5px solid var(--plain); }
        .kicker { margin: 0 0 .75rem; color: var(--soft); font-size: .9rem; }
        .badge { display: inline-block; margin: 0; padding: .2rem .8rem; border-radius: 999px; font-weight: 600; font-size: .95rem; }
        .good > .badge { color: var(--good); background: var(--good-tint); }
        .noted > .badge { color: var(--noted); background: var(--noted-tint); }
        .bad > .badge { color: var(--bad); background: var(--bad-tint); }
        .plain > .badge { color: var(--plain); background: var(--plain-tint); }
        h1 { margin: .75rem 0 1.1rem; font-size: 1.4rem; line-height: 1.35; font-weight: 650; letter-spacing: -.01em; }
        h2 { margin: 0 0 .75rem; font-size: 1.05rem; font-weight: 650; }
        section, details { margin-top: 2.25rem; }
        p { margin: .6rem 0; }
        dl { margin: 0; font-size: .92rem; }
        dl > div { display: grid; grid-template-columns: 6.5rem 1fr; gap: .75rem; padding: .14rem 0; }
        dt { color: var(--soft); }
        dd { margin: 0; overflow-wrap: anywhere; }
        .scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
        table { border-collapse: collapse; width: 100%; font-size: .92rem; }
        th, td { text-align: left; vertical-align: top; padding: .5rem .9rem; border-top: 1px solid var(--line); }
        thead th { border-top: 0; color: var(--soft); font-weight: 500; font-size: .84rem; white-space: nowrap; }
        tbody:first-child tr:first-child td { border-top: 0; }
        td { overflow-wrap: anywhere; min-width: 6rem; }
        td:first-child { min-width: 7.5rem; }
        td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; min-width: 0; }
        td.good { color: var(--good); font-weight: 600; white-space: nowrap; }
        td.noted { color: var(--noted); font-weight: 600; }
        td.bad { color: var(--bad); font-weight: 600; }
        ul.notes { list-style: none; margin: 0; padding: 0; display: grid; gap: .6rem; }
        ul.notes li { background: var(--card); border: 1px solid var(--line); border-left-width: 4px; border-radius: 10px; padding: .7rem 1rem; }
        ul.notes li.good { border-left-color: var(--good); }
        ul.notes li.noted { border-left-color: var(--noted); }
        ul.notes li.bad { border-left-color: var(--bad); }
        ul.notes li > p { margin: 0; overflow-wrap: anywhere; }
        ul.notes dl { margin-top: .4rem; }
        .timeline { margin: 0; overflow-x: auto; border: 1px solid var(--line); border-radius: 10px; background: var(--card); padding: 1rem; }
        .timeline svg { display: block; max-width: 100%; height: auto; }
        .timeline svg.long { max-width: none; }
        .timeline text { fill: var(--soft); font-size: 11px; }
        .timeline .axis { stroke: var(--line); }
        .timeline .source { fill: var(--soft); opacity: .55; }
        .timeline .target { fill: var(--good); opacity: .8; }
        .timeline .apart .target { fill: var(--bad); opacity: 1; }
        .timeline figcaption { color: var(--soft); font-size: .86rem; margin-top: .6rem; }
        code { font: .88em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; background: var(--code); padding: .1em .35em; border-radius: 5px; overflow-wrap: anywhere; }
        code.id { color: var(--soft); margin-left: .3rem; }
        pre { margin: 0; padding: .9rem 1.1rem; background: var(--code); border-radius: 10px; overflow-x: auto; }
        pre code { padding: 0; background: none; }
        summary { cursor: pointer; color: var(--soft); }
        summary h2 { display: inline; color: var(--ink); }
        details[open] summary { margin-bottom: .75rem; }
        @media (max-width: 34rem) {
          main { padding: 1rem .75rem 2.5rem; }
          header { padding: 1.1rem; }
          dl > div { grid-template-columns: 1fr; gap: 0; padding: .25rem 0; }
          .scroll table, .scroll tbody, .scroll tr { display: block; }
          .scroll thead { display: none; }
          .scroll tr { padding: .55rem .9rem; border-top: 1px solid var(--line); }
          .scroll tbody tr:first-child { border-top: 0; }
          .scroll td, .scroll td.n { display: flex; gap: .75rem; padding: .1rem 0; border: 0; min-width: 0; text-align: left; white-space: normal; }
          .scroll td[data-label]::before { content: attr(data-label); flex: 0 0 6.5rem; color: var(--soft); font-weight: 400; }
          .scroll td:first-child { font-weight: 600; }
          .scroll td:first-child::before { content: none; }
        }
        @media print {
          :root { --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #ccc; --code: #f4f4f4; }
          body { font-size: 10.5pt; }
          main { max-width: none; padding: 0; }
          section, ul.notes li, tr, header { break-inside: avoid; }
          .scroll { overflow: visible; }
        }
        """
}
