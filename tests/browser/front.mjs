// A proxy in front of a server on loopback, as operators put one: it may keep the server in a folder, and may refuse.
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';

/**
 * `folder` is what paths begin with in front, '/rtc/', and is taken off. `refuse`, given a path as the server would see it
 * and how often it was asked for, gives the status to answer with instead, or null.
 * Returns {url, asked, close}; `asked`: the paths that came, as they came.
 */
export async function open_front({ port, folder = '/', refuse = () => null }) {
  const asked = [];
  const inner_path = (url) => url.startsWith(folder) ? `/${url.slice(folder.length)}` : null;
  const server = http.createServer((request, response) => {
    asked.push(request.url);
    const path = inner_path(request.url);
    const times = asked.filter((url) => url.split('?')[0] === request.url.split('?')[0]).length;
    const status = path === null ? (`${request.url.split('?')[0]}/` === folder ? 200 : 404) : refuse(path.split('?')[0], times);
    if (status !== null && status !== 200) {
      response.writeHead(status, { 'retry-after': '1' });
      return response.end();
    }
    const inner = http.request({ host: '127.0.0.1', port, method: request.method, path: path ?? '/', headers: request.headers },
                               (answer) => { response.writeHead(answer.statusCode, answer.headers); answer.pipe(response); });
    inner.on('error', () => response.destroy());
    request.pipe(inner);
  });
  server.on('upgrade', (request, socket, head) => {
    asked.push(request.url);
    const path = inner_path(request.url);
    const times = asked.filter((url) => url.split('?')[0] === request.url.split('?')[0]).length;
    const status = path === null ? 404 : refuse(path.split('?')[0], times);
    if (status !== null) return socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\n\r\n`);
    const fields = request.rawHeaders.map((text, i) => i % 2 ? `${text}\r\n` : `${text}: `).join('');
    const inner = net.connect(port, '127.0.0.1', () => inner.write(`${request.method} ${path} HTTP/1.1\r\n${fields}\r\n`));
    inner.write(head);
    socket.pipe(inner).pipe(socket);
    for (const [one, other] of [[inner, socket], [socket, inner]]) one.on('error', () => other.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}${folder}`, asked,
    close: () => { server.closeAllConnections(); server.close(); },
  };
}
