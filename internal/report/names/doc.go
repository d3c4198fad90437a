// Package names holds what is known of functions' names: the grammar of demangled C++
// and Rust names, the languages that a name may be of, how wide a text is on a terminal
// and how it is shortened to fit, what of a text may be shown there, and which name
// was probably meant. It knows no profile, and imports nothing of heapprof but the list
// of clones' suffixes.
package names
