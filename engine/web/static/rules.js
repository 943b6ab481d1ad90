// What the page knows of the rules: what a move takes, what has a liberty, why a move is forbidden.
// The server's rules are the same; a test plays random games through both.

// Puts a stone and takes what it leaves without liberties; size² is a pass. Where that is its own chain, which some
// rules allow, it goes too.
export function place(stones, size, colour, point) {
  if (point === size ** 2) return;
  stones[point] = colour;
  for (const near of neighbours(point, size)) if (stones[near] === 3 - colour) takeUnlessFree(stones, size, near);
  takeUnlessFree(stones, size, point);
}

function takeUnlessFree(stones, size, point) {
  const { chain, free } = chainAt(stones, size, point);
  if (!free) for (const stone of chain) stones[stone] = 0;
}

// Why a move may not be made on stones, or nothing; `before` are the stones that may not come back at once, or null.
export function refusal(stones, size, colour, point, before) {
  if (point === size ** 2) return "";
  if (stones[point]) return "There is a stone already.";
  const after = stones.slice();
  place(after, size, colour, point);
  if (!after[point]) return "That would be suicide.";
  if (before && before.every((stone, at) => stone === after[at])) return "The ko may not be retaken at once.";
  return "";
}

// Whether stones may stand so: every chain has a liberty.
export function isSound(stones, size) {
  return stones.every((stone, point) => !stone || chainAt(stones, size, point).free);
}

// The chain of a stone, and whether it has a liberty.
function chainAt(stones, size, point) {
  const chain = [point], seen = new Set(chain);
  let free = false;
  for (const stone of chain) {
    for (const near of neighbours(stone, size)) {
      if (stones[near] === 0) free = true;
      if (stones[near] === stones[point] && !seen.has(near)) { seen.add(near); chain.push(near); }
    }
  }
  return { chain, free };
}

function neighbours(point, size) {
  const column = point % size, around = [];
  if (point >= size) around.push(point - size);
  if (column > 0) around.push(point - 1);
  if (column < size - 1) around.push(point + 1);
  if (point < size * (size - 1)) around.push(point + size);
  return around;
}
