// Drawing the boxes of a flame graph on a canvas.

export const rowHeight = 20;
const boxGap = 1; // between boxes
const textInset = 5; // of the text
const leastText = 28; // pixels: in less no name can be read

// createPainter returns what draws on a canvas. look tells what colours and words there are:
//   fill(item), label(item) → {name, where, amount}, isLit(item): it is no less than the others, isMatch(item): by its own name,
//   isChosen(item) → 0, 1 (selected elsewhere, too) or 2 (here)
export function createPainter(canvas) {
  const context = canvas.getContext("2d");
  let widths = new Map();
  let font = "";

  function widthOf(text) {
    let w = widths.get(text);
    if (w === undefined) {
      if (widths.size > 20_000) widths = new Map();
      widths.set(text, w = context.measureText(text).width);
    }
    return w;
  }

  // fitted returns as much of a name as fits: its scopes are left out first, then its end.
  function fitted(name, room) {
    if (widthOf(name) <= room) return name;
    const scopes = name.lastIndexOf("::");
    const text = scopes < 0 ? name : "…" + name.slice(scopes + 2);
    if (widthOf(text) <= room) return text;
    let [low, high] = [0, text.length];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (context.measureText(text.slice(0, middle) + "…").width <= room) low = middle;
      else high = middle - 1;
    }
    return low > 1 ? text.slice(0, low) + "…" : "";
  }

  function resize(width, height) {
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) {
      canvas.width = w;
      canvas.height = h;
      canvas.style.width = width + "px";
      canvas.style.height = height + "px";
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const style = getComputedStyle(canvas);
    if (font !== style.font) {
      font = style.font;
      widths = new Map();
    }
    context.font = font;
    context.textBaseline = "middle";
    return ratio;
  }

  // paint draws the rows that are seen where so much is scrolled away.
  function paint(rows, { width, height, scrolled, colors, look, hovered }) {
    const ratio = resize(width, height);
    const snap = v => Math.round(v * ratio) / ratio;
    context.fillStyle = colors.paper;
    context.fillRect(0, 0, width, height);
    const first = Math.max(0, Math.floor(scrolled / rowHeight));
    const last = Math.min(rows.length - 1, Math.floor((scrolled + height) / rowHeight));
    for (let r = first; r <= last; r++) {
      const y = snap(r * rowHeight - scrolled);
      for (const item of rows[r]) {
        const left = snap(Math.max(item.x, 0));
        const right = snap(Math.min(item.x + item.w, width));
        drawBox(item, left, y, Math.max(right - left - (right - left > 3 ? boxGap : 0), 1 / ratio), colors, look);
      }
    }
    for (let r = first; r <= last; r++) for (const item of rows[r]) outline(item, snap, r * rowHeight - scrolled, width, colors, look, hovered);
  }

  function drawBox(item, x, y, w, colors, look) {
    const h = rowHeight - boxGap;
    const isRest = item.kind === "small" || item.kind === "rest";
    const isLit = look.isLit(item);
    context.globalAlpha = isLit ? 1 : 0.28;
    context.fillStyle = look.fill(item);
    context.fillRect(x, y, w, h);
    if (isRest && w > 4) hatch(x, y, w, h, colors.ink);
    context.globalAlpha = 1;
    if (w >= leastText) drawText(item, x + textInset, y + h / 2 + 0.5, w - 2 * textInset, isLit ? colors.ink : colors.quiet, look);
    if (look.isMatch(item)) {
      context.fillStyle = colors.accent;
      context.fillRect(x, y + h - 2, w, 2);
    }
  }

  // hatch tells what is many boxes from what is one, whatever its colour is.
  function hatch(x, y, w, h, ink) {
    context.save();
    context.beginPath();
    context.rect(x, y, w, h);
    context.clip();
    context.globalAlpha = 0.14;
    context.strokeStyle = ink;
    context.lineWidth = 1;
    context.beginPath();
    for (let at = x - x % 7 - h; at < x + w; at += 7) {
      context.moveTo(at, y + h);
      context.lineTo(at + h, y);
    }
    context.stroke();
    context.restore();
  }

  // drawText writes the name, at the right the amount, and between them the line, as far as there is room.
  function drawText(item, x, y, room, ink, look) {
    const { name, where, amount } = look.label(item);
    context.fillStyle = ink;
    const amountWidth = widthOf(amount);
    const nameWidth = widthOf(name);
    const showAmount = room >= amountWidth + 12 + Math.min(nameWidth, 70);
    const forName = showAmount ? room - amountWidth - 12 : room;
    const shown = fitted(name, forName);
    context.fillText(shown, x, y);
    if (!showAmount) return;
    context.fillText(amount, x + room - amountWidth, y);
    const left = forName - widthOf(shown) - 10;
    if (where && shown === name && left >= widthOf(where)) {
      context.globalAlpha *= 0.9;
      context.fillText(where, x + nameWidth + 10, y);
      context.globalAlpha /= 0.9;
    }
  }

  function outline(item, snap, top, width, colors, look, hovered) {
    const chosen = look.isChosen(item);
    if (!chosen && item !== hovered) return;
    const thick = chosen === 2 ? 2 : 1;
    const x = snap(Math.max(item.x, 0));
    const w = Math.max(snap(Math.min(item.x + item.w, width)) - x - boxGap, 2);
    context.strokeStyle = chosen ? colors.accent : colors.ink;
    context.lineWidth = thick;
    context.strokeRect(x + thick / 2, snap(top) + thick / 2, Math.max(w - thick, 1), rowHeight - boxGap - thick);
  }

  return { paint };
}
