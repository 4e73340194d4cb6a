# The one door for people and CI. `make help` lists what there is.
.PHONY: fuzz mutation soak walked reached figures report help run test check diagrams conformance bench fix lint all unit packages labs doc mutants install deb tools

CARGO ?= cargo

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

run: ## the demo: a transfer over real kernel links survives a roam the application decided
	$(CARGO) run --release --quiet -p netsession-cli -- demo

test: lint all doc check ## everything: lints, tests, labs on real links and daemons, the exhaustive check

lint: ## formatting and clippy, warnings are errors
	$(CARGO) fmt --all -- --check
	$(CARGO) clippy --workspace --all-targets --all-features -- -D warnings
	$(CARGO) clippy -p netsession-fsm --no-default-features -- -D warnings
	$(CARGO) clippy -p netsession --no-default-features --features sim -- -D warnings

# What is played where is kept here, and counted by `make check` and `make reached`.
PLAYED = $(CURDIR)/target/played

all: packages tools ## every test and lab, built once with the same features
	rm -rf $(PLAYED)
	NETSESSION_PLAYED=$(PLAYED) $(CARGO) test --workspace

unit: packages tools ## unit tests, golden texts, API and program tests
	$(CARGO) test --workspace --exclude netsession-conformance

packages: ## the daemons that labs need, installed if that is allowed
	.ci/packages

labs: packages ## executors on real links and real daemons in private namespaces
	$(CARGO) test -p netsession-conformance

doc: ## the libraries' documentation builds without a warning (the program's is its help)
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --exclude netsession-cli --all-features --no-deps --quiet

# The program as the tests were built with it, and one build for everything that wants hubs with mistakes: each build is minutes.
BUILT_IN = $${CARGO_TARGET_DIR:-target}/debug
MISTAKES = netsession-model/mutants,netsession-model/coverage,netsession-cli/mutants,netsession-independent/mutants
check: ## every world of the model, completely, by our search and by stateright's; each property finds its mutant; and the diagrams are those of the code
	$(CARGO) test --quiet --workspace --no-run
	$(BUILT_IN)/netsession check --engine stateright
	$(BUILT_IN)/netsession diagrams --check
	$(CARGO) test --quiet -p netsession-model -p netsession-cli -p netsession-independent --features $(MISTAKES) \
	  --test mutants --test counterexamples --test coverage --test check --test explore --test openings
	$(CARGO) build --quiet -p netsession-model -p netsession-cli -p netsession-independent --features $(MISTAKES) --example reached
	$(BUILT_IN)/examples/reached $(PLAYED)

diagrams: ## write DIAGRAMS.md, and the charts the model's tests agree to
	$(CARGO) run --quiet -p netsession-cli -- diagrams
	set -e; for machine in session link roaming alr; do for kind in dot:dot mermaid:mmd json:json matrix:md; do \
	  $(CARGO) run --quiet -p netsession-cli -- diagrams --machine $$machine --format $${kind%:*} \
	    > model/tests/snapshots/$$machine.$${kind#*:}; \
	done; done

conformance: labs ## the executors' contract, on every executor there is

MINUTES ?= 30
SEED ?= $(shell date +%s)
soak: packages ## everything breaks at once, at random, for MINUTES=30, on every executor and through the broker; then it is mended, and what is left is counted: nothing
	NETSESSION_SOAK=$(MINUTES) NETSESSION_SEED=$(SEED) $(CARGO) test -p netsession-conformance --test soak
	NETSESSION_SOAK=$(MINUTES) NETSESSION_SEED=$(SEED) $(CARGO) test -p netsession-cli --test broker -- soak

figures: packages ## measure how many laws and scenarios hold on each executor, and write the report
	mkdir -p target/report
	set -e; for suite in laws scenarios; do \
	  $(CARGO) test -p netsession-conformance --test $$suite >target/report/$$suite.txt 2>target/report/$$suite.err \
	    || { cat target/report/$$suite.err target/report/$$suite.txt; exit 1; }; \
	  cat target/report/$$suite.err >>target/report/$$suite.txt; \
	done
	$(MAKE) report

report: ## write conformance/REPORT.md from what was measured last
	NETSESSION_WRITE=1 $(CARGO) test --quiet -p netsession-conformance --test report

bench: ## figures, with ratios in one run; not part of the tests
	$(CARGO) bench -p netsession-model --bench engine
	$(CARGO) bench -p netsession-fsm
	$(CARGO) bench -p netsession-conformance --bench figures
	$(CARGO) bench -p netsession-broker --bench figures
	$(CARGO) run --release --quiet -p netsession-cli -- demo

mutants: walked ## write model/MUTANTS.md (every mistake the hub can be told to make, and who finds it), and what `make walked` writes
	NETSESSION_WRITE=1 $(CARGO) test --quiet -p netsession-model --features mutants --test mutants

walked: ## write model/COVERAGE.md (what the worlds reach), and the runs that reach it: model/WALKED.md, model/orders, scenarios
	NETSESSION_WRITE=1 $(CARGO) test --quiet -p netsession-model --features coverage --test coverage
	NETSESSION_WRITE=1 $(CARGO) test --quiet -p netsession-conformance --test scenarios -- walked::

reached: packages ## play every scenario wherever it can be, and say what was reached on each executor, and why the rest was not
	rm -rf $(PLAYED)
	NETSESSION_PLAYED=$(PLAYED) $(CARGO) test --quiet -p netsession-conformance --test scenarios
	NETSESSION_PLAYED=$(PLAYED) $(CARGO) test --quiet -p netsession-broker --test scenarios
	$(CARGO) run --quiet -p netsession-model --features coverage --example reached -- $(PLAYED)
	mkdir -p target/report
	$(CARGO) run --quiet -p netsession-model --features coverage --example reached -- --json $(PLAYED) >target/report/reached.ndjson
	$(MAKE) report

mutation: ## try every change that cargo-mutants would make to the machines: who notices? writes mutation/MUTATION.md; about an hour
	command -v cargo-mutants || $(CARGO) install cargo-mutants
	$(CARGO) run --quiet -p netsession-mutation -- --write

fix: ## format, and write what is generated
	$(CARGO) fmt --all
	$(MAKE) diagrams

# Where things go. D-Bus, polkit and systemd look for theirs below /usr, whatever the PREFIX of the program is: that is SYSTEM.
PREFIX ?= /usr/local
SYSTEM ?= /usr
CONFIGURATION ?= /etc
PROGRAM ?= target/release/netsession
DATA = broker/data
to = $(DESTDIR)$(1)

install: $(PROGRAM) ## the program, its manual pages, and the broker as a service: DESTDIR=, PREFIX=/usr/local
	install -D $(STRIP) $(PROGRAM) $(call to,$(PREFIX)/bin/netsession)
	install -d $(call to,$(PREFIX)/share/man/man1) $(call to,$(PREFIX)/share/man/man5)
	$(PROGRAM) man --all $(call to,$(PREFIX)/share/man/man1)
	sed -e 's/[\\]/\\e/g' $(DATA)/policy.toml | sed -e "/^@SAMPLE@$$/{r /dev/stdin" -e 'd}' $(DATA)/netsession-policy.5 > $(call to,$(PREFIX)/share/man/man5/netsession-policy.5)
	install -d $(call to,$(PREFIX)/share/bash-completion/completions) $(call to,$(PREFIX)/share/zsh/site-functions) $(call to,$(PREFIX)/share/fish/vendor_completions.d)
	$(PROGRAM) completions bash > $(call to,$(PREFIX)/share/bash-completion/completions/netsession)
	$(PROGRAM) completions zsh > $(call to,$(PREFIX)/share/zsh/site-functions/_netsession)
	$(PROGRAM) completions fish > $(call to,$(PREFIX)/share/fish/vendor_completions.d/netsession.fish)
	install -Dm644 $(DATA)/policy.toml $(call to,$(CONFIGURATION)/netsession/policy.toml)
	install -Dm644 $(DATA)/org.netsession.Broker1.conf $(call to,$(SYSTEM)/share/dbus-1/system.d/org.netsession.Broker1.conf)
	install -Dm644 broker/dbus/org.netsession.Broker1.xml $(call to,$(SYSTEM)/share/dbus-1/interfaces/org.netsession.Broker1.xml)
	install -Dm644 $(DATA)/org.netsession.broker.policy $(call to,$(SYSTEM)/share/polkit-1/actions/org.netsession.broker.policy)
	install -Dm644 $(DATA)/netsession.rules $(call to,$(SYSTEM)/share/polkit-1/rules.d/netsession.rules)
	install -Dm644 $(DATA)/sysusers.conf $(call to,$(SYSTEM)/lib/sysusers.d/netsession.conf)
	install -d $(addprefix $(DESTDIR)$(SYSTEM)/,lib/systemd/system lib/systemd/user share/dbus-1/system-services share/dbus-1/services)
	set -e; fill() { sed 's|@BINDIR@|$(PREFIX)/bin|' $(DATA)/$$1.in > $(DESTDIR)$(SYSTEM)/$$2; }; \
	  fill netsession.service lib/systemd/system/netsession.service; fill netsession-user.service lib/systemd/user/netsession.service; \
	  fill system-bus.service share/dbus-1/system-services/org.netsession.Broker1.service; \
	  fill session-bus.service share/dbus-1/services/org.netsession.Broker1.service

target/release/netsession: FORCE
	$(CARGO) build --release --quiet -p netsession-cli

FORCE:

# Newer than 3.8.0 may say other things in the packages' scripts, which the tests know.
CARGO_DEB = target/tools/bin/cargo-deb
tools: $(CARGO_DEB) ## what makes the Debian package
$(CARGO_DEB):
	CARGO_TARGET_DIR=target/tools/build $(CARGO) install --quiet --locked --root target/tools --no-default-features --features gzip --version 3.8.0 cargo-deb

CARGO_FUZZ = target/tools/bin/cargo-fuzz
$(CARGO_FUZZ):
	CARGO_TARGET_DIR=target/tools/build $(CARGO) install --quiet --locked --root target/tools --version 0.13.2 cargo-fuzz

SECONDS ?= 60
TARGETS ?= configuration scenario policy trace recording dbus state netlink hub world
FUZZ_BUILD = --fuzz-dir fuzz/libfuzzer --target-dir target/fuzz --sanitizer none
fuzz: $(CARGO_FUZZ) ## any bytes for whatever reads input of others, and for the hub: SECONDS=60 for each of TARGETS=; nightly Rust
	mkdir -p target/report/fuzz
	set -e; export PATH="$(CURDIR)/target/tools/bin:$$PATH"; for target in $(TARGETS); do mkdir -p target/fuzz/corpus/$$target; \
	  $(CARGO) +nightly fuzz run $(FUZZ_BUILD) $$target target/fuzz/corpus/$$target fuzz/corpus/$$target -- \
	    -max_total_time=$(SECONDS) -timeout=20 -print_final_stats=1 2>target/report/fuzz/$$target.txt || { cat target/report/fuzz/$$target.txt; exit 1; }; \
	  tail -n 8 target/report/fuzz/$$target.txt; \
	done

PACKAGES ?= target/debian
deb: $(CARGO_DEB) ## the Debian package, in target/debian
	rm -rf target/package
	$(MAKE) --no-print-directory install DESTDIR=target/package PREFIX=/usr STRIP=--strip
	$(CARGO_DEB) --quiet --package netsession-cli --no-build --output $(PACKAGES)/
