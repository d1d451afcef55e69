(async () => {
  const unpack = (id) => {
    const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (letter) => letter.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')));
  };
  const address = async (id, type) => URL.createObjectURL(new Blob([await unpack(id).blob()], { type }));
  const style = document.createElement('link');
  style.rel = 'stylesheet';
  style.href = await address('style', 'text/css');
  document.head.append(style);
  globalThis.spanglassPage = { answers: await unpack('answers').json(), otlp: () => unpack('otlp').text() };
  await import(await address('viewer', 'text/javascript'));
})().catch((error) => {
  document.body.textContent = `This page needs a browser of 2023 or later (${error}). "spanglass import" reads the file too.`;
});
