// Package clock is the clock of the programs' events: the processor's cycle counter, and
// how its stamps become time. It imports nothing of ours.
package clock
