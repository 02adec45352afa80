// A mail server on this machine that keeps the letters it is given.
import { createServer } from "node:net";

export async function startMail(port) {
  const letters = [];
  const waiting = [];
  const keep = (letter) => (waiting.shift() ?? ((kept) => letters.push(kept)))(letter);
  const server = createServer((socket) => serve(socket, keep));
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    // The text of the next letter, once it is there.
    letter: async () => letters.shift() ?? new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("no letter came within 10 s")), 10_000);
      waiting.push((letter) => resolve(letter, clearTimeout(late)));
    }),
    stop: () => server.close(),
  };
}

function serve(socket, keep) {
  let rest = "";
  let letter = null;
  const answer = (line) => socket.write(`${line}\r\n`);
  const take = (line) => {
    if (letter !== null && line !== ".") return letter.push(line);
    if (letter !== null) {
      keep(textOf(letter.join("\r\n")));
      letter = null;
      return answer("250 taken");
    }
    const verb = line.split(" ", 1)[0].toUpperCase();
    if (verb === "DATA") letter = [];
    return answer({ EHLO: "250 here", DATA: "354 go on", QUIT: "221 bye" }[verb] ?? "250 fine");
  };
  socket.setEncoding("utf8");
  socket.on("data", (data) => {
    const lines = (rest + data).split("\r\n");
    rest = lines.pop();
    lines.forEach(take);
  });
  socket.on("error", () => socket.destroy());
  answer("220 here");
}

// What people read of a letter, which may come as quoted-printable (RFC 2045 §6.7) or base64.
function textOf(letter) {
  const end = letter.indexOf("\r\n\r\n");
  const [head, body] = [letter.slice(0, end), letter.slice(end + 4)];
  if (/^content-transfer-encoding: *base64/im.test(head)) {
    return Buffer.from(body, "base64").toString("utf8");
  }
  if (!/^content-transfer-encoding: *quoted-printable/im.test(head)) return body;
  const bytes = body
    .replaceAll("=\r\n", "")
    .replace(/=([0-9A-F]{2})/g, (_, digits) => String.fromCharCode(parseInt(digits, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}
