(async () => {
  const base64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const base85 = (text) => {
    const words = new DataView(new ArrayBuffer(Math.ceil(text.length / 5) * 4));
    for (let at = 0; at < text.length; at += 5) {
      let word = 0;
      for (let place = at; place < at + 5; place++) {
        const letter = place < text.length ? text.charCodeAt(place) : 126;
        word = word * 85 + letter - 40 - (letter > 60) - (letter > 62);
      }
      words.setUint32((at / 5) * 4, word);
    }
    return new Uint8Array(words.buffer, 0, Math.floor((text.length * 4) / 5));
  };
  const unpack = (id, read) => {
    const bytes = read(document.getElementById(id).textContent);
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')));
  };
  const address = async (id, type) => URL.createObjectURL(new Blob([await unpack(id, base85).blob()], { type }));
  const style = document.createElement('link');
  style.rel = 'stylesheet';
  style.href = await address('style', 'text/css');
  document.head.append(style);
  globalThis.spanglassPage = { answers: await unpack('answers', base64).text(), otlp: () => unpack('otlp', base64).text() };
  await import(await address('viewer', 'text/javascript'));
})().catch((error) => {
  document.body.textContent = `This page needs a browser of 2023 or later (${error}). "spanglass import" reads the file too.`;
});
