// Sheets of tiles, the maps of a layer or the filters for a plane, and the viewer that enlarges them.

const $ = (id) => document.getElementById(id);
const WHOLE = 720, TILE = 420; // pixels that the viewer gives them, at most

export class Sheet {
  constructor(columns) {
    this.columns = columns;
    this.image = $("sheet");
    this.selected = 0;
    this.image.addEventListener("load", () => {
      const room = $("inside").clientWidth, { naturalWidth } = this.image;
      this.image.style.width = `${Math.max(1, Math.floor(room / naturalWidth)) * naturalWidth}px`; // whole pixels
      if ($("viewer").open) this.draw();
    });
    $("enlarge").addEventListener("click", (event) => this.open(event.detail ? this.tileAt(event, this.image) : this.selected));
    $("whole").addEventListener("click", (event) => this.select(this.tileAt(event, $("whole"))));
    $("close").addEventListener("click", () => $("viewer").close());
    $("viewer").addEventListener("click", (event) => { if (event.target === $("viewer")) $("viewer").close(); });
    $("viewer").addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns }[event.key];
      if (step) {
        event.preventDefault();
        this.select(this.selected + step);
      }
    });
  }

  // A PNG of so many tiles; what to say of the sheet, and of each tile; stones to draw over tiles, or null.
  show(picture, { count, caption, captionOf, stones }) {
    Object.assign(this, { count, captionOf, stones });
    this.selected = Math.min(this.selected, count - 1);
    URL.revokeObjectURL(this.image.src);
    this.image.src = URL.createObjectURL(picture);
    this.image.alt = $("sheet-caption").textContent = $("viewer-title").textContent = caption;
  }

  // Where a tile lies in the picture: left, top, width, height; a pixel is between tiles.
  box(index) {
    const across = Math.min(this.columns, this.count), down = Math.ceil(this.count / across);
    const width = (this.image.naturalWidth + 1) / across, height = (this.image.naturalHeight + 1) / down;
    return [(index % across) * width, Math.floor(index / across) * height, width - 1, height - 1];
  }

  tileAt(event, shown) {
    const box = shown.getBoundingClientRect(), across = Math.min(this.columns, this.count);
    const column = Math.floor((event.clientX - box.left) / box.width * across);
    const row = Math.floor((event.clientY - box.top) / box.height * Math.ceil(this.count / across));
    return row * across + column;
  }

  open(index) {
    $("viewer").showModal();
    this.select(index);
  }

  select(index) {
    if (index < 0 || index >= this.count) return;
    this.selected = index;
    this.draw();
  }

  draw() {
    const { naturalWidth, naturalHeight } = this.image, [left, top, width, height] = this.box(this.selected);
    const whole = canvas("whole", naturalWidth, naturalHeight, WHOLE);
    whole.drawImage(this.image, 0, 0, naturalWidth, naturalHeight);
    whole.strokeStyle = "#d53e00";
    whole.lineWidth = 1;
    whole.strokeRect(left - 0.5, top - 0.5, width + 1, height + 1);
    const tile = canvas("tile", width, height, TILE);
    tile.drawImage(this.image, left, top, width, height, 0, 0, width, height);
    if (this.stones?.length === width * height) {
      this.stones.forEach((stone, point) => {
        if (!stone) return;
        tile.beginPath();
        tile.arc(point % width + 0.5, Math.floor(point / width) + 0.5, 0.36, 0, 2 * Math.PI);
        for (const [ink, line] of [["#666", 0.2], [stone === 1 ? "#000" : "#fff", 0.13]]) {
          tile.strokeStyle = ink;
          tile.lineWidth = line;
          tile.stroke();
        }
      });
    }
    $("tile-caption").textContent = this.captionOf(this.selected);
  }
}

// The drawing context of a canvas in which a unit is a whole number of pixels, as many as there is room for.
function canvas(id, width, height, room) {
  const scale = Math.max(1, Math.floor(Math.min(room, innerWidth - 64) / width));
  const made = $(id);
  made.width = scale * width;
  made.height = scale * height;
  const context = made.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.scale(scale, scale);
  return context;
}
