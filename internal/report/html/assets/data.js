// Reading the page's data: JSON, compressed by gzip, in base64. internal/report/page/page.go says what is in it.

function bytesOf(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

// readPage returns the data as Go has written them.
export async function readPage() {
  if (!globalThis.DecompressionStream) {
    throw new Error("This browser is too old for the page: it has no DecompressionStream. Any of 2023 or later has one.");
  }
  const packed = bytesOf(document.getElementById("data").textContent.trim());
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}
