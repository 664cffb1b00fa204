# The verbs a person needs. Everything else is Maven (./mvnw) and scripts/.
.DEFAULT_GOAL := help

VECTORS ?= ../shared/vectors
MODE ?= nftables
LEVEL ?= plan

help: ## these lines
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/'

test: ## install or build what is lacking, then run every test (ends with "N passed, M failed")
	@scripts/test.sh

demo: ## a three-node cluster with Portolan in place of kube-proxy; CI=1 ends it afterwards
	@scripts/demo.sh $(if $(CI),--end,)

down: ## end the demo's cluster
	@scripts/demo.sh --down

vectors: ## service traffic vectors: VECTORS=folder MODE=nftables|iptables LEVEL=plan|kernel, and BACKEND=legacy|nft, VERBOSE=1
	@scripts/vectors.sh "$(VECTORS)" "$(MODE)" "$(LEVEL)" $(if $(VERBOSE),--verbose,) $(if $(BACKEND),--backend=$(BACKEND),)

upstream: ## Kubernetes' own specs against Portolan; MODE=iptables, PROXY=kube-proxy: against that one, FOCUS=regex: only some
	@scripts/upstream.sh run "$${PROXY:-portolan}" "$(MODE)" "$${FOCUS:-}"

switches: ## from mode to mode and back while stress clients run, at 10 and at SERVICES=2000 Services, ROUNDS=10 times
	@scripts/switches.sh "$(or $(ROUNDS),10)" "$(or $(SERVICES),2000)"

simulate: ## roll changes out on a simulated fleet and print figures; NODES=5000 RUNS=20 SEED=...
	@scripts/simulate.sh "$(or $(NODES),5000)" "$(or $(RUNS),20)" $(SEED)

scale: ## roll changes out on NODES=5000 played nodes on a real API server and print what the operator costs; 15 minutes or more
	@scripts/scale.sh "$(or $(NODES),5000)"

bench: ## the race against kube-proxy, as root; S=10000 Services of E=5 endpoints, ROUNDS=3, MODE=both, ONLY=agent, QUICK=1: in 5 minutes
	@scripts/bench.sh "services=$(S)" "endpoints=$(E)" "rounds=$(ROUNDS)" "quick=$(QUICK)" "only=$(ONLY)" "packets=$(PACKETS)" "jvm=$(JVM)" "mode=$(if $(filter file,$(origin MODE)),both,$(MODE))"

jmh: ## the agent's hot pure parts by JMH; WORDS="ChangeBenchmark -prof gc"
	@scripts/jmh.sh $(WORDS)

prepare: ## only install or build what is lacking
	@scripts/prepare.sh

crds: ## write the CRD YAML from the Java records
	@./mvnw -q -pl crds test -Dportolan.crds.write=true -Dtest=CrdYamlTest

format: ## bring every source file into its form
	@./mvnw -q spotless:apply

.PHONY: help test demo down vectors upstream switches simulate scale bench jmh prepare crds format
