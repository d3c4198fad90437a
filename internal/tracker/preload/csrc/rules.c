#include "rules.h"

#include "code.h"
#include "module.h"
#include "refresh.h"

struct rule rules_miss(struct thread *t, uintptr_t pc) {
	struct rule rule = {.cfa = CFA_CHAIN};
	if (pc >> ARCH_ADDRESS_BITS) return rule; /* no address of a program */
	bool asked = refresh_modules(t);
	uint32_t epoch = load_acquire(&module_epoch);
	struct module m;
	bool found = module_copy(pc, &m);
	/* Not to be remembered: pc may lie in a module that is new. */
	if (!found && (!asked || module_at(pc))) return rule;
	if (found && m.has_cfi) rule = cfi_rule(&m.cfi, pc);
	if (rule.cfa == CFA_CHAIN && code_is_sigreturn(pc + 1)) rule.cfa = CFA_SIGNAL;

	rulecache_learn(pc, epoch, rule);
	return rule;
}
