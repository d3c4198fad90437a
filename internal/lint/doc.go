// Package lint is nothing but tests, of what the whole project keeps to: which
// package may import which (arrows.txt), how much one function may branch, that
// the pages of docs/ name what there is, and that what has one home is read there
// alone. It imports internal/testkit.
package lint
