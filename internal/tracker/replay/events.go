//go:build linux && (amd64 || arm64)

package replay

import (
	"math"
	"slices"

	"heapprof/internal/tracker/wire"
)

// Event is the calls of a function that is counted, of one stack. Its innermost frame is the
// function's entry.
type Event struct {
	Stack    StackID
	Function uint32 // the number of its name, as patch.Entry has it
	Calls    uint64
	Weight   uint64 // the sum of the calls' weights
	Negative uint64 // calls whose weight was below 0, which counts as 0
	TooLarge bool   // the sum is more than Weight, which is as large as it may be

	next uint32 // the index + 1 of another function's of the stack; 0: there is none
}

// EventCalls returns how many calls some events are.
func EventCalls(events []Event) (calls uint64) {
	for i := range events {
		calls += events[i].Calls
	}
	return calls
}

// events is the account of an image's counted calls.
type events struct {
	all     []Event
	byStack []uint32 // the index + 1 of a stack's first, by StackID; 0: it has none
}

// count counts a call through a stack.
func (e *events) count(stack StackID, c *wire.Call) {
	event := e.of(stack, c.Number)
	event.Calls++
	if int64(c.Amount) < 0 {
		event.Negative++
		return
	}
	// A sum fits into what a file has for it, a signed number in many languages.
	if event.Weight += c.Amount; event.Weight > math.MaxInt64 {
		event.Weight, event.TooLarge = math.MaxInt64, true
	}
}

// of returns the event of a function and a stack, which may be new.
func (e *events) of(stack StackID, function uint32) *Event {
	if int(stack) >= len(e.byStack) {
		e.byStack = append(e.byStack, make([]uint32, max(int(stack)+1, 2*len(e.byStack))-len(e.byStack))...)
	}
	place := &e.byStack[stack]
	for *place != 0 {
		event := &e.all[*place-1]
		if event.Function == function {
			return event
		}
		place = &event.next
	}
	*place = uint32(len(e.all)) + 1
	e.all = append(e.all, Event{Stack: stack, Function: function})
	return &e.all[len(e.all)-1]
}

// result returns the events, which do not change any more.
func (e *events) result() []Event { return slices.Clone(e.all) }
