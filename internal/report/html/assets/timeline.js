// The heap over time, on which a range is chosen.

export function createTimeline(app, root) {
  return { update() {} };
}
