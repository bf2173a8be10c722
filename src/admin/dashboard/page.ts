// The page's skeleton. All that is shown in it comes later, as text, from the admin API (app.ts).

export const PAGE_HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Weir</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/style.css">
<script src="/app.js" defer></script>
</head>
<body>
<header>
  <h1>Weir</h1>
  <p id="state" role="status">connecting…</p>
  <nav aria-label="More">
    <a href="/api/requests">requests</a>
    <a href="/api/limits">limits</a>
    <a href="/api/plugins">plugins</a>
    <a href="/api/config">configuration</a>
    <a href="/metrics">metrics</a>
  </nav>
</header>
<main>
  <section aria-labelledby="totals-title">
    <h2 id="totals-title">Since the start</h2>
    <dl id="totals"></dl>
  </section>
  <section aria-labelledby="limits-title" id="limits-section" hidden>
    <h2 id="limits-title">Limits and budgets, the fullest first</h2>
    <ul id="limits"></ul>
  </section>
  <section aria-labelledby="plugins-title" id="plugins-section" hidden>
    <h2 id="plugins-title">Plugins</h2>
    <ul id="plugins"></ul>
  </section>
  <section aria-labelledby="requests-title">
    <div class="bar">
      <h2 id="requests-title">Requests</h2>
      <form id="filters" autocomplete="off">
        <label>Outcome
          <select name="outcome">
            <option value="">all</option>
            <option>running</option>
            <option>served</option>
            <option>blocked</option>
            <option>failed</option>
            <option>aborted</option>
            <option>interrupted</option>
          </select>
        </label>
        <label>Consumer <input name="consumer" maxlength="256"></label>
        <label>Model <input name="model" maxlength="256"></label>
        <label>Provider <input name="provider" maxlength="256"></label>
      </form>
    </div>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="requests-title">
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Outcome</th>
            <th scope="col" class="number">Status</th>
            <th scope="col">Consumer</th>
            <th scope="col">Model</th>
            <th scope="col">Api</th>
            <th scope="col" class="number">In</th>
            <th scope="col" class="number">Out</th>
            <th scope="col" class="number">Total ms</th>
            <th scope="col" class="number">Weir ms</th>
          </tr>
        </thead>
        <tbody id="requests"></tbody>
      </table>
    </div>
    <p id="empty" hidden>No request matches yet.</p>
    <p class="bar"><button type="button" id="newest" hidden>Newest</button><button type="button" id="older" hidden>Older</button></p>
  </section>
</main>
<dialog id="why" aria-labelledby="why-title">
  <div class="bar"><h2 id="why-title">Why</h2><button type="button" id="why-close">Close</button></div>
  <p><code id="why-id"></code> <a id="why-record" href="/api/requests">record</a></p>
  <div id="why-sentences"></div>
</dialog>
<noscript><p>The page needs JavaScript; <code>weir requests</code> and <code>weir why</code> show the same.</p></noscript>
</body>
</html>
`;
