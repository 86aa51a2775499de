// What is shown to the other side: the camera, or a drawing where there is none.

const kFramesPerSecond = 25;

/** @typedef {{stream: MediaStream, note: string, stop: () => void}} Media  `note`: why it is not the camera */

/** @returns {Promise<Media>} */
export async function open_media() {
  if (new URLSearchParams(location.search).get('fake') === '1') return draw('');
  if (!navigator.mediaDevices) return draw('The camera works over https:// only; a drawing is sent instead.');
  try {
    return from_camera(await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 640 } }));
  } catch {
    return open_without_camera();
  }
}

/** @returns {Promise<Media>} */
async function open_without_camera() {
  const drawing = draw('There is no camera, or it was not allowed; a drawing is sent instead.');
  const sound = await navigator.mediaDevices.getUserMedia({ audio: true }).catch(() => null);
  for (const track of sound?.getTracks() ?? []) drawing.stream.addTrack(track);
  return drawing;
}

/**
 * @param {MediaStream} stream
 * @returns {Media}
 */
function from_camera(stream) {
  return { stream, note: '', stop: () => stream.getTracks().forEach((track) => track.stop()) };
}

/**
 * A ball in a box, and the time: so that one sees that it moves, and how late.
 * @param {string} note
 * @returns {Media}
 */
function draw(note) {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [480, 360];
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  const hue = Math.random() * 360;
  const timer = setInterval(() => draw_frame(pen, canvas, hue), 1000 / kFramesPerSecond);
  draw_frame(pen, canvas, hue);
  const stream = canvas.captureStream(kFramesPerSecond);
  return { stream, note, stop: () => { clearInterval(timer); stream.getTracks().forEach((track) => track.stop()); } };
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {HTMLCanvasElement} canvas
 * @param {number} hue
 */
function draw_frame(pen, { width, height }, hue) {
  const seconds = performance.now() / 1000;
  pen.fillStyle = `hsl(${hue} 45% 22%)`;
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = `hsl(${hue} 80% 65%)`;
  pen.beginPath();
  pen.arc(bounce(seconds * 130, width), bounce(seconds * 90, height), 30, 0, 2 * Math.PI);
  pen.fill();
  pen.fillStyle = '#fff';
  pen.font = '28px system-ui, sans-serif';
  pen.fillText(new Date().toLocaleTimeString(), 16, height - 18);
}

/**
 * @param {number} distance
 * @param {number} size
 */
function bounce(distance, size) {
  const span = size - 60;
  const at = distance % (2 * span);
  return 30 + (at < span ? at : 2 * span - at);
}
