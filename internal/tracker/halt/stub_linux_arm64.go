package halt

// There is no stub on this processor: see stub_linux_amd64.go.
var stub, urgentStub []byte

const stubEnd, stubEndCall, stubLend, stubBytes = 0, 0, 0, 0

func (r *machine) setFunction(_, _, _ uint64) {}

func (r *machine) returned() uint64 { return 0 }

func (r *machine) skipCall() {}

func (r *machine) setEnd(uint64) {}
