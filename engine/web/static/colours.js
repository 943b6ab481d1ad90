// Colours that say for and against: blue above 0, orange below, nearly white at 0, as in the pictures.

const AGAINST = [200, 80, 0], NEITHER = [250, 250, 250], FOR = [20, 70, 160];

// Of a share from -1 to 1; the square root of its size runs along the scale, so that small ones differ too.
export function againstOrFor(share) {
  const strength = Math.sqrt(Math.min(Math.abs(share), 1)), end = share > 0 ? FOR : AGAINST;
  return NEITHER.map((from, channel) => Math.round(from + (end[channel] - from) * strength));
}
