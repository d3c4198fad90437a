// What is known of what is selected.

export function createDetails(app, root) {
  return { update() {} };
}
