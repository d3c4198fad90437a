// Package follow follows the address of a block through the code behind the call that
// returned it, or through a function that it was passed to: which functions get it, and what is stored
// in the block. From that package symbol tells which object a call of new is for.
//
// It reads straight on, as if no condition held, and gives up at what it does not
// understand. It knows no files and imports nothing of ours.
//
// Sources: as package isa of the tracker's patch, whose own decoder says what a patch needs to
// know of an instruction: not what is stored, nor what vector registers hold.
package follow
