/*
 * What does SPIN find in a world of the model? The hub that runs in production, driven through C.
 *
 * The state is a number that the library keeps the state for; everything else of SPIN's state vector is constant.
 * A step of the world is one step of SPIN. See README.md of this room for how it is built and what not to build it with.
 */

c_decl {
	extern unsigned netsession_steps(unsigned state);
	extern unsigned netsession_successor(unsigned state, unsigned step);
	extern unsigned netsession_violated(unsigned state);
	/* SPIN takes every call in an expression for a side effect; these three have none */
	\#define STEPS netsession_steps(now.world)
	\#define VIOLATED netsession_violated(now.world)
}

c_state "unsigned world" "Global" "0"

#define STEP(n) \
	:: d_step { c_expr { n < STEPS } -> c_code { now.world = netsession_successor(now.world, n); } }

/* more steps from a state than there are alternatives below would go unseen */
#define MOST 40

active proctype hub()
{
	do
	:: d_step { c_expr { VIOLATED } -> c_code { printf("violated: %u\n", VIOLATED); }; assert(false) }
	:: d_step { c_expr { STEPS > MOST } -> c_code { printf("more than %d steps\n", MOST); }; assert(false) }
	STEP(0) STEP(1) STEP(2) STEP(3) STEP(4) STEP(5) STEP(6) STEP(7) STEP(8) STEP(9)
	STEP(10) STEP(11) STEP(12) STEP(13) STEP(14) STEP(15) STEP(16) STEP(17) STEP(18) STEP(19)
	STEP(20) STEP(21) STEP(22) STEP(23) STEP(24) STEP(25) STEP(26) STEP(27) STEP(28) STEP(29)
	STEP(30) STEP(31) STEP(32) STEP(33) STEP(34) STEP(35) STEP(36) STEP(37) STEP(38) STEP(39)
	od
}
