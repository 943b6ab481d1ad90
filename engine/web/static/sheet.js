// Maps of values as tiles: all of a layer's in rows, and one of them enlarged.

import { againstOrFor } from "./colours.js";

const COLUMNS = 16; // at most
const GAP = "#808080";

export class Sheet {
  // The canvas of all tiles; `scale` are the colours from pale to dark.
  constructor(canvas, scale) {
    this.canvas = canvas;
    this.scale = scale;
  }

  // Values of `count` maps of so many rows and columns; `signed` ones are for or against; `own` gives each map a scale
  // of its own, and `byStrength` puts those with the largest values first.
  show({ values, side, signed, own, byStrength }) {
    const area = side * side, count = values.length / area;
    Object.assign(this, { values, side, count, signed, own });
    this.maps = Array.from({ length: count }, (_, index) => values.subarray(index * area, (index + 1) * area));
    const strength = this.maps.map((map) => map.reduce((most, value) => Math.max(most, signed ? Math.abs(value) : value), 0));
    this.order = [...this.maps.keys()];
    if (byStrength) this.order.sort((a, b) => strength[b] - strength[a]);
    this.limits = limitsOf(values, signed);
    this.draw();
  }

  // Lowest and highest value of a map's colours.
  limitsOf(index) {
    return this.own ? limitsOf(this.maps[index], this.signed, 1) : this.limits;
  }

  colourOf(value, [low, high]) {
    if (this.signed) return againstOrFor(value / Math.max(high, 1e-9));
    const place = Math.min(Math.max((value - low) / Math.max(high - low, 1e-9), 0), 1) * (this.scale.length - 1);
    const step = Math.min(Math.floor(place), this.scale.length - 2);
    return this.scale[step].map((from, channel) => Math.round(from + (this.scale[step + 1][channel] - from) * (place - step)));
  }

  draw() {
    // Whole pixels to a value, and as many maps in a row as there is then room for.
    const { side, count, canvas, order } = this, pitch = side + 1, most = Math.min(COLUMNS, count);
    const room = canvas.parentElement.clientWidth || most * pitch;
    const zoom = Math.max(1, Math.min(Math.floor(40 / side), Math.round(room / (most * pitch))));
    const across = this.across = Math.max(1, Math.min(most, Math.floor((room / zoom + 1) / pitch)));
    canvas.width = across * pitch - 1;
    canvas.height = Math.ceil(count / across) * pitch - 1;
    const context = canvas.getContext("2d");
    context.fillStyle = GAP;
    context.fillRect(0, 0, canvas.width, canvas.height);
    order.forEach((index, place) => {
      context.putImageData(this.picture(this.maps[index], this.limitsOf(index)), (place % across) * pitch, Math.floor(place / across) * pitch);
    });
    canvas.style.width = `${zoom * canvas.width}px`;
  }

  picture(map, limits) {
    const picture = new ImageData(this.side, this.side);
    map.forEach((value, at) => picture.data.set([...this.colourOf(value, limits), 255], 4 * at));
    return picture;
  }

  // The map and the point under the pointer, or null.
  under(event) {
    const box = this.canvas.getBoundingClientRect(), pitch = this.side + 1, { across } = this;
    const x = Math.floor((event.clientX - box.left) / box.width * this.canvas.width);
    const y = Math.floor((event.clientY - box.top) / box.height * this.canvas.height);
    const index = this.order[Math.floor(y / pitch) * across + Math.floor(x / pitch)];
    return index === undefined ? null : { index, point: Math.min(y % pitch, this.side - 1) * this.side + Math.min(x % pitch, this.side - 1) };
  }

  // One map, large, with the stones over it and a point marked.
  enlarge(canvas, index, { stones, point }) {
    const { side } = this, letter = parseFloat(getComputedStyle(canvas).fontSize);
    const zoom = Math.max(1, Math.floor(Math.min(17.6 * letter, canvas.parentElement.clientWidth) / side));
    canvas.width = canvas.height = zoom * side;
    const context = canvas.getContext("2d"), small = document.createElement("canvas");
    small.width = small.height = side;
    small.getContext("2d").putImageData(this.picture(this.maps[index], this.limitsOf(index)), 0, 0);
    context.imageSmoothingEnabled = false;
    context.scale(zoom, zoom);
    context.drawImage(small, 0, 0);
    const centre = (at) => [at % side + 0.5, Math.floor(at / side) + 0.5];
    if (stones?.length === side * side) {
      stones.forEach((stone, at) => {
        if (!stone) return;
        context.beginPath();
        context.arc(...centre(at), 0.36, 0, 2 * Math.PI);
        for (const [ink, line] of [["#666", 0.2], [stone === 1 ? "#000" : "#fff", 0.13]]) {
          context.strokeStyle = ink;
          context.lineWidth = line;
          context.stroke();
        }
      });
    }
    if (point === null) return;
    context.strokeStyle = "#d53e00";
    context.lineWidth = 0.16;
    context.strokeRect(point % side, Math.floor(point / side), 1, 1);
  }

  // The scale of a map, as a strip from its lowest value to its highest.
  legend(canvas, index) {
    const [low, high] = this.limitsOf(index), context = canvas.getContext("2d");
    for (let x = 0; x < canvas.width; x++) {
      context.fillStyle = `rgb(${this.colourOf(low + (high - low) * x / (canvas.width - 1), [low, high])})`;
      context.fillRect(x, 0, 1, canvas.height);
    }
    return [low, high];
  }
}

// Lowest and highest of values, the highest few of a whole sheet left out, or two of them would pale all others.
function limitsOf(values, signed, share = 0.999) {
  const sizes = Float32Array.from(values, signed ? Math.abs : (value) => value).sort();
  const high = sizes[Math.min(sizes.length - 1, Math.floor(share * sizes.length))];
  return signed ? [-high, high] : [sizes[0], high];
}
