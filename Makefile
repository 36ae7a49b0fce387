# Patchbay. `make help` lists the targets; Go, make and iproute2 are enough.
# The tools come through the module proxy, pinned in ci/tools and ci/plugins.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO   ?= go
ROOT := $(filter 0,$(shell id -u))
RACE := $(if $(shell command -v "$$($(GO) env CC)"),-race)

# One set of flags for every build, test and lint, or all is compiled twice.
# What `go env -w` says is kept, for an exported GOFLAGS hides it. The version
# comes from git below, so go need not ask git (which may not trust the clone).
FLAGS := -trimpath -buildvcs=false
export GOFLAGS := $(strip $(filter-out $(FLAGS),$(shell $(GO) env GOFLAGS)) $(FLAGS))

# Nothing here needs C but the race detector.
export CGO_ENABLED := 0

VERSION := $(shell git describe --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
PLUGIN  := github.com/containernetworking/plugins
PLUGIN_LDFLAGS = -s -w -X $(PLUGIN)/pkg/utils/buildversion.BuildVersion=$(shell \
	$(GO) list -C ci/plugins -m -f '{{.Version}}' $(PLUGIN))
TOOL    := $(GO) tool -modfile=ci/tools/go.mod

# The packages with tests that need root; ./cmd and ./ci only partly.
NODE := ./backends/real/... ./cmd/... ./ci/...

T         ?= 30s
BENCHTIME ?= 1s
COUNT     ?= 1
PKG       ?= ./...
SEEDS     ?= 20000
FORMAT    ?= table

##@ Everyday

run: build plugins ## attach a sandbox to several networks and show it (plans only without root)
	@bin/patchbayctl demo $(if $(ROOT),,--plans)

test: vet $(if $(ROOT),build plugins) ## all tests; with root also those on real network namespaces
	$(if $(RACE),CGO_ENABLED=1) $(GO) test $(RACE) $(if $(ROOT),-count=1) $(PKG)
	@$(MAKE) --no-print-directory sim
	@$(if $(ROOT),:,echo "node lane: skipped, for it needs root (sudo make node)")

check: lint vet arch unit ## what a change must pass: format, vet, lint, architecture, unit tests

node: build plugins ## the tests on real network namespaces (root)
	@$(if $(ROOT),:,echo "make node needs root, for network namespaces" >&2; exit 1)
	PATCHBAY_REQUIRE="$${PATCHBAY_REQUIRE:-node}" $(GO) test -count=1 $(NODE)

sim: ## the simulator: every single and double fault, every order, SEEDS=20000 told twice
	PATCHBAY_SIM=whole PATCHBAY_SEEDS=$(SEEDS) $(GO) test -count=1 -timeout 30m -v \
		-run 'Every|Seed|Swarm|Coverage' ./sim/explore | grep -vE '^(=== |    --- PASS)'

compat: build plugins ## the table of Multus behaviours: which test shows which row
	@$(GO) run ./ci/compat -o $(FORMAT)

##@ Parts of check

fmt: ## rewrite the Go files as gofumpt and gci want them
	$(TOOL) golangci-lint fmt

vet: ## go vet
	$(GO) vet ./...

lint: ## golangci-lint, formatting included
	$(TOOL) golangci-lint run

arch: ## who may import whom, and tidiness
	$(GO) test -count=1 ./ci/arch

unit: ## the tests that need no root, from the cache where nothing changed
	PATCHBAY_SKIP=node $(GO) test ./...

##@ Building

# go build knows best what is up to date, and takes no time when all is.
build: ## bin/patchbay, its alias bin/multus, and bin/patchbayctl
	$(GO) build -ldflags '$(LDFLAGS)' -o bin/ ./cmd/patchbay ./cmd/patchbayctl
	@ln -sfn patchbay bin/multus

plugins: bin/cni/.built ## the reference CNI plugins, into bin/cni

bin/cni/.built: ci/plugins/go.mod ci/plugins/go.sum
	@mkdir -p bin/cni
	$(GO) build -C ci/plugins -ldflags '$(PLUGIN_LDFLAGS)' -o ../../bin/cni/ \
		$$($(GO) list -C ci/plugins tool)
	@touch $@

clean: ## remove what was built
	rm -rf bin build

##@ Deeper

bench: build | build/ ## benchmarks (BENCHTIME=1s COUNT=1), summarised by benchstat
	$(GO) test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) -count $(COUNT) \
		./core/... ./backends/... ./sim/... ./cmd/... ./ci/bench | tee build/bench.txt
	@$(TOOL) benchstat build/bench.txt

fuzz: ## every fuzz target for T=30s, one after the other
	@ci/fuzz $(T)

cover: $(if $(ROOT),build plugins) | build/ ## coverage of all packages by all tests: a figure, and HTML in build/
	$(GO) test -coverpkg=./... -coverprofile=build/cover.out ./...
	@$(GO) tool cover -html=build/cover.out -o build/cover.html
	@$(GO) tool cover -func=build/cover.out | tail -1

mutants: ## put one bug after the other in and have the simulator find it (M=M12,M17 UPDATE=1)
	@$(GO) run ./ci/mutants -only '$(M)' $(if $(UPDATE),-update)

cri: build plugins ## a real containerd drives the plugin (root, containerd, runc)
	@$(if $(ROOT),:,echo "make cri needs root, for containerd" >&2; exit 1)
	$(GO) test -C ci/cri -count=1 -v ./...

golden: ## rewrite the golden files; whoever commits one explains each line
	$(GO) test $$(grep -rlE --include='*_test.go' 'flag\.Bool\("update"' . \
		| xargs -r -n1 dirname | sort -u) -update

vuln: ## known vulnerabilities in what we call (asks the Go vulnerability database)
	$(TOOL) govulncheck ./...

help: ## this list
	@awk -v colour="$$([ -t 1 ] && [ -z "$${NO_COLOR:-}" ] && echo 1 || true)" -f ci/help.awk \
		$(firstword $(MAKEFILE_LIST))

build/:
	@mkdir -p build

.PHONY: run test check node sim compat fmt vet lint arch unit build plugins clean bench fuzz cover \
	mutants cri golden vuln help
