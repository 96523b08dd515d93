# The only menu. `make` alone lists it; scripts/ holds what takes more than a line.

SWIFT_FLAGS := --explicit-target-dependency-import-check error
LAB := Lab/lab

.PHONY: help
help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## build ferry (release) into .build/release/ferry
	@scripts/bootstrap.sh build
	swift build -c release --product ferry $(SWIFT_FLAGS)

.PHONY: demo
demo: ## move an agent between two real Letta servers and prove it; leaves nothing running
	@scripts/demo.sh

.PHONY: lab
lab: ## start two real Letta servers on loopback, make the agent Ada, say how to use them
	@scripts/bootstrap.sh lab
	@$(LAB) install
	@$(LAB) up
	@$(LAB) seed
	@$(LAB) status

.PHONY: lab-stop
lab-stop: ## stop the servers that `make lab` started
	@$(LAB) down

.PHONY: test
test: ## everything: debug and release builds, unit, conformance, command and real-server tests
	@scripts/test.sh

.PHONY: test-kills
test-kills: ## make test with a kill and a lost answer at every single write (long)
	@FERRY_KILL_MATRIX=1 scripts/test.sh

.PHONY: test-versions
test-versions: ## moves between real servers of 0.11.7, 0.13.0, 0.16.4 and 0.16.8 (a lab for each; minutes)
	@scripts/test-versions.sh

.PHONY: test-races
test-races: ## captures and a move by a ferry built with the thread sanitizer (its own build; minutes)
	@scripts/tsan.sh

.PHONY: check
check: ## the quick part: format, imports, build, unit tests (under a minute when warm)
	@scripts/check.sh

.PHONY: fmt
fmt: ## format the Swift sources
	swift format -i -r -p --configuration .swift-format Package.swift Sources Tests Benchmarks

.PHONY: bench
bench: ## measure moving and capturing against peers, side by side (starts the lab)
	@Benchmarks/run.sh

.PHONY: fuzz
fuzz: ## fuzz the JSON readers for a while
	@scripts/fuzz.sh

.PHONY: golden
golden: ## record golden outputs anew (and fail, so that you look at the diff)
	@FERRY_RECORD=1 swift test $(SWIFT_FLAGS) --filter 'ReportTests|FerryCLITests' || true
	@git --no-pager diff --stat -- Tests

.PHONY: install
install: build ## install ferry, its manual and completions below $(PREFIX) (default: ~/.local)
	@scripts/install.sh "$(or $(PREFIX),$(HOME)/.local)"
