// Asking the server that the page has come from. Nothing else asks for anything: see internal/lint/eslint.config.mjs.

const patience = 120_000; // ms

// ask returns what is answered at an address below the page's own; an error where that is none.
export async function ask(path, headers) {
  const answer = await fetch(path, { cache: "no-store", headers, signal: AbortSignal.timeout(patience) });
  if (!answer.ok && answer.status !== 304) throw new Error(`the server answers ${answer.status}`);
  return answer;
}

// post has something done. Its error is what the server says of why it was not.
export async function post(path, values) {
  const answer = await fetch(path, { method: "POST", body: new URLSearchParams(values), cache: "no-store", signal: AbortSignal.timeout(patience) });
  if (!answer.ok) throw new Error((await answer.text()).replace(/^heapprof: /, "").trim());
  return answer;
}
