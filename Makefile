# The one door for people and CI. `make help` lists what there is.
.PHONY: help run test check diagrams conformance bench fix lint all unit packages labs doc mutants

CARGO ?= cargo

help: ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

run: ## the demo: a transfer over real kernel links survives a roam the application decided
	$(CARGO) run --release --quiet -p netsession-cli -- demo

test: lint all doc check ## everything: lints, tests, labs on real links and daemons, the exhaustive check

lint: ## formatting and clippy, warnings are errors
	$(CARGO) fmt --all -- --check
	$(CARGO) clippy --workspace --all-targets --all-features -- -D warnings
	$(CARGO) clippy -p netsession-fsm --no-default-features -- -D warnings

all: packages ## every test and lab, built once with the same features
	$(CARGO) test --workspace

unit: packages ## unit tests, golden texts, API and program tests
	$(CARGO) test --workspace --exclude netsession-conformance

packages: ## the daemons that labs need, installed if that is allowed
	.ci/packages

labs: packages ## executors on real links and real daemons in private namespaces
	$(CARGO) test -p netsession-conformance

doc: ## the libraries' documentation builds without a warning (the program's is its help)
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --exclude netsession-cli --all-features --no-deps --quiet

check: ## every world of the model, completely, by our search and by stateright's; each property finds its mutant; and the diagrams are those of the code
	$(CARGO) run --quiet -p netsession-cli -- check --engine stateright
	$(CARGO) test --quiet -p netsession-model --features mutants --test mutants --test counterexamples
	$(CARGO) test --quiet -p netsession-model --features coverage --test coverage
	$(CARGO) test --quiet -p netsession-cli --features mutants --test check --test explore
	$(CARGO) test --quiet -p netsession-independent --features mutants --test mutants --test openings
	$(CARGO) run --quiet -p netsession-cli -- diagrams --check

diagrams: ## write DIAGRAMS.md, and the charts the model's tests agree to
	$(CARGO) run --quiet -p netsession-cli -- diagrams
	set -e; for machine in session link roaming alr; do for kind in dot:dot mermaid:mmd json:json matrix:md; do \
	  $(CARGO) run --quiet -p netsession-cli -- diagrams --machine $$machine --format $${kind%:*} \
	    > model/tests/snapshots/$$machine.$${kind#*:}; \
	done; done

conformance: labs ## the executors' contract, on every executor there is

bench: ## figures, with ratios in one run; not part of the tests
	$(CARGO) bench -p netsession-model --bench engine
	$(CARGO) bench -p netsession-fsm
	$(CARGO) bench -p netsession-conformance --bench figures
	$(CARGO) run --release --quiet -p netsession-cli -- demo

mutants: ## write model/MUTANTS.md (every mistake the hub can be told to make, and who finds it) and model/COVERAGE.md (what the worlds reach)
	NETSESSION_WRITE=1 $(CARGO) test --quiet -p netsession-model --features mutants --test mutants
	NETSESSION_WRITE=1 $(CARGO) test --quiet -p netsession-model --features coverage --test coverage

fix: ## format, and write what is generated
	$(CARGO) fmt --all
	$(MAKE) diagrams
