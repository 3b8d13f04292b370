# Rightswire. `make run` and `make test` are all the set-up there is.

GO ?= go
# The race detector needs a C compiler; without one the tests run without it.
RACE := $(shell test "$$($(GO) env CGO_ENABLED)" = 1 && command -v $$($(GO) env CC) >/dev/null 2>&1 && echo -race)
FUZZTIME ?= 1m
FUZZ ?= ./...

.PHONY: build run demo test check bench fuzz golden conformance audit

build:
	$(GO) build -trimpath -o bin/rightswire ./cmd/rightswire

run: build
	bin/rightswire serve

demo: build
	bin/rightswire demo

test:
ifeq ($(RACE),)
	@echo "no C compiler (or cgo is off): testing without the race detector"
endif
	$(GO) test $(RACE) -timeout 9m ./...

check:
	@test -z "$$(gofmt -l cmd internal)" || { gofmt -l cmd internal; echo "run gofmt -w on these files"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck -checks all,-ST1000 ./...
	$(GO) mod tidy -diff
	@dead="$$($(GO) tool deadcode -test ./...)"; test -z "$$dead" || { echo "$$dead"; exit 1; }
	$(GO) test -count=1 ./internal -run Rules

bench:
	$(GO) test -run '^1070' -bench Refresh -benchtime 1x -timeout 20m ./internal/newsroom
	$(GO) test -run '^$$' -bench . -timeout 20m $$($(GO) list ./... | grep -v internal/newsroom)

# Each fuzz target of FUZZ for FUZZTIME, one after the other. Few tries to make an
# input smaller: where a server runs beside, the coverage wavers, and trying never ends.
# Go's fuzzer may fail merely because its time is up (golang/go#75804, mended in Go
# 1.27), so a failure has to repeat: what was found is kept as a seed, and fails again
# at once.
fuzz:
	@set -e; for pkg in $$($(GO) list $(FUZZ)); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$target"; \
			run="$(GO) test -run ^$$target\$$ -fuzz ^$$target\$$ -fuzztime $(FUZZTIME) -fuzzminimizetime 100x $$pkg"; \
			$$run || { echo "again, to tell a find from the end of time"; $$run; }; \
		done; done

# Rewrites golden files and fixtures from what the code does now; read the diff.
golden:
	$(GO) test ./internal/publish ./internal/parse -update

# Scores public corpora of feeds, whose folders RIGHTSWIRE_FEEDPARSER, _FEEDVALIDATOR,
# _FEEDRS and _RSSPARSER name. V=-v lists every miss.
conformance:
	cd internal/parse && $(GO) test $(V) -count=1 -timeout 20m -run '^TestConformance$$'

audit:
	$(GO) tool govulncheck ./...
	$(GO) version -m bin/rightswire
