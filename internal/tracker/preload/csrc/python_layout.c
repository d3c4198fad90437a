#include "python_layout.h"

static const struct python_layout layouts[] = {
	{.minor = 9, .thread_id = 176, .frame = 24, .held = PYTHON_NONE, .calls_back = PYTHON_NONE, .code = 32, .back = 24, .at = 104, .at_is_number = true, .unit = 1, .entry = PYTHON_ENTRY_EACH, .name = 112, .file = 104, .first_line = 40, .line_table = 120, .lines = PYTHON_LINES_LNOTAB, .ascii = 48, .compact = 72},
	{.minor = 10, .thread_id = 176, .frame = 24, .held = PYTHON_NONE, .calls_back = PYTHON_NONE, .code = 32, .back = 24, .at = 96, .at_is_number = true, .unit = 2, .entry = PYTHON_ENTRY_EACH, .name = 112, .file = 104, .first_line = 40, .line_table = 120, .lines = PYTHON_LINES_LINETABLE, .ascii = 48, .compact = 72},
	{.minor = 11, .thread_id = 152, .frame = 56, .held = 8, .calls_back = 16, .code = 32, .back = 48, .at = 56, .unit = 1, .entry = PYTHON_ENTRY_FLAGGED, .entry_byte = 68, .instructions = 184, .name = 128, .file = 112, .first_line = 72, .line_table = 136, .lines = PYTHON_LINES_LOCATIONS, .ascii = 48, .compact = 72},
	{.minor = 12, .thread_id = 136, .frame = 56, .held = 0, .calls_back = PYTHON_NONE, .code = 0, .back = 8, .at = 56, .unit = 1, .entry = PYTHON_ENTRY_SHIM, .entry_byte = 70, .instructions = 192, .name = 128, .file = 112, .first_line = 68, .line_table = 136, .lines = PYTHON_LINES_LOCATIONS, .ascii = 40, .compact = 56},
	{.minor = 13, .thread_id = 152, .frame = 72, .held = PYTHON_NONE, .calls_back = PYTHON_NONE, .code = 0, .back = 8, .at = 56, .unit = 1, .entry = PYTHON_ENTRY_SHIM, .entry_byte = 70, .instructions = 200, .name = 128, .file = 112, .first_line = 68, .line_table = 136, .lines = PYTHON_LINES_LOCATIONS, .ascii = 40, .compact = 56},
	{.minor = 14, .thread_id = 152, .frame = 72, .held = PYTHON_NONE, .calls_back = PYTHON_NONE, .code = 0, .code_tags = 3, .back = 8, .at = 56, .unit = 1, .entry = PYTHON_ENTRY_SHIM, .entry_byte = 74, .instructions = 208, .name = 128, .file = 112, .first_line = 68, .line_table = 136, .lines = PYTHON_LINES_LOCATIONS, .ascii = 40, .compact = 56},
};

const struct python_layout *python_layout(unsigned minor) {
	for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
		if (layouts[i].minor == minor) return &layouts[i];
	return NULL;
}
