-- Allocates 4,000 blocks of 1,000 bytes by LuaJIT's FFI: nearly all of them in code that LuaJIT has compiled, as the loop runs often
-- enough. In wide more values live at once than a processor has registers, so that its code makes more room on the stack. Prints the number of blocks.
local ffi = require("ffi")
ffi.cdef [[ void *malloc(size_t); ]]

local function narrow(n)
	local kept = {}
	for i = 1, n do kept[i] = ffi.C.malloc(1000) end
	return kept
end

local function wide(n)
	local kept, a, b, c, d, e, f, g, h = {}, 1, 2, 3, 4, 5, 6, 7, 8
	for i = 1, n do
		kept[i] = ffi.C.malloc(1000)
		a, b, c, d, e, f, g, h = a + 1.5, b + a, c - b, d + c * 2, e + d, f - e, g + f, h - g
	end
	return kept, a + b + c + d + e + f + g + h
end

print(#narrow(2000) + #wide(2000))
