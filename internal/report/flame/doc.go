// Package flame makes of a profile what the renderers of flame graphs draw: stacks of
// labels, outermost first, each once and in order. It imports the profile, frames, human, label
// and view, for its metrics.
package flame
