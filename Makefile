# Every target does its own set-up: a virtual environment in .venv with the locked dependencies.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
LAKE ?= lake
DATA ?= ../shared/data
KILLS ?= 100
MUTANTS ?= 100000
SEED ?= 1
WAREHOUSE := .venv-warehouse/.ready
ICEBERG_JAR := .engines/iceberg-spark-runtime-4.1_2.13-1.12.0.jar

.PHONY: run test test-long lint types bench crash crash-stream soak fuzz suites spark-faults quality golden docs train train-topics gazetteer story-tables lock clean
.PHONY: axe dbt dataflow engines iceberg-spark prism flink spark kafka rest-catalog warehouse

$(READY): requirements.lock pyproject.toml setup.py
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing warta and its libraries into .venv: this takes a minute or two, once"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: $(READY)  ## the sample sources become a lake; the first time everything is installed
	$(BIN)/warta run --config sample_data/sources.toml --lake $(LAKE)
	@echo "look at it: $(BIN)/warta report $(LAKE) --open"

test: $(READY)  ## every test but the long ones, in parallel
	$(BIN)/python -m pytest -m "not long" -n auto --dist worksteal

test-long: $(READY)  ## engines, a broker, object stores, killed workers, the wheel alone
	$(BIN)/python -m pytest -m long -n auto --dist worksteal

lint: $(READY)
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

bench: $(READY)  ## speed and memory, side by side in one run; BASE=<commit>: against that code
	$(BIN)/python -m $(if $(BASE),benchmarks.compare $(BASE),benchmarks.bench)

crash: $(READY)  ## runs that are killed at every step and at KILLS random moments
	$(BIN)/python -m benchmarks.crash --random $(KILLS)

soak: $(READY)  ## 500 feeds for 100 poll cycles on a fast clock, with faults of every kind
	$(BIN)/python -m benchmarks.soak

fuzz: $(READY)  ## 100,000 changed samples of every format: each is accounted for, in time and memory
	$(BIN)/python -m benchmarks.fuzz --mutants $(MUTANTS) --seed $(SEED)

suites: $(READY)  ## the cases of feedparser or of the W3C's feed validator, from FOLDER
	$(BIN)/python -m benchmarks.suites $(FOLDER)

crash-stream: $(READY) kafka spark  ## watches of 50,000 messages of Kafka; they, brokers and an executor are killed
	$(BIN)/python -m benchmarks.crash_kafka
	$(BIN)/python -m benchmarks.crash_kafka --engine spark

warehouse: $(READY) $(WAREHOUSE) $(ICEBERG_JAR)  ## a lake of several runs, read by every reader that is claimed
	$(BIN)/python -m benchmarks.warehouse

# Readers need libraries that warta does not: they have an environment of their own.
$(WAREHOUSE): benchmarks/warehouse/requirements.txt
	@test -x .venv-warehouse/bin/python || $(PYTHON) -m venv .venv-warehouse
	@echo "installing the readers into .venv-warehouse: this takes some minutes, once"
	.venv-warehouse/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

iceberg-spark: $(ICEBERG_JAR)  ## Iceberg's runtime of Spark, to read and write tables with

# For Spark alone; without it (no Maven, no network) the Iceberg column says that Spark failed.
$(ICEBERG_JAR):
	@mkdir -p $(dir $@)
	-mvn --quiet --batch-mode org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
	  -Dartifact=org.apache.iceberg:$(subst -1.12.0.jar,:1.12.0,$(notdir $@)) -DoutputDirectory=$(dir $@)

spark-faults: $(READY) spark  ## runs on a cluster of Spark here, disturbed: ten rounds of each fault
	$(BIN)/python -m benchmarks.spark_faults

quality: $(READY)  ## figures on every labelled set that is found, against their floors
	$(BIN)/python -m evaluation.quality

golden: $(READY)  ## write the outcomes of the golden articles: for changes that alter them on purpose
	$(BIN)/python -m tests.golden.outcomes

docs: $(READY)  ## write the generated pages and pictures, then the site in build/site, without a network
	$(BIN)/python docs/generate.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

train: $(READY)  ## the entity models again, from the labelled sets in DATA
	$(BIN)/python -m training.entities $(DATA)

gazetteer: $(READY)  ## the tables of Wikidata ids again, from the openly licensed ones in DATA
	$(BIN)/python -m training.gazetteer $(DATA)

train-topics: $(READY)  ## the confidence of topics again, from the project's own labelled set
	$(BIN)/python -m training.topics

story-tables: $(READY)  ## the tables that stories are found with, from the word counts of wordfreq 3.1.1
	@$(BIN)/python -c "import wordfreq" 2>/dev/null || $(BIN)/python -m pip install --quiet --no-deps wordfreq==3.1.1
	$(BIN)/python -m training.stories

# Parts of engines must have the version of apache-beam that is locked.
ENGINES := .engines
BEAM := $(shell sed -n 's/^apache-beam==\([^ ]*\).*/\1/p' requirements.lock)
PRISM := $(ENGINES)/prism-$(BEAM)
FLINK := $(ENGINES)/beam-runners-flink-1.20-job-server-$(BEAM).jar
SPARK := $(ENGINES)/pyspark/.ready

engines: prism flink spark  ## what `--engine prism`, `flink` and `spark` need, into .engines

prism: $(PRISM)
$(PRISM):
	@command -v go >/dev/null || { echo "Prism is built with Go: install it from https://go.dev/dl"; exit 1; }
	@mkdir -p $(ENGINES)
	GOBIN=$(CURDIR)/$(ENGINES)/bin go install github.com/apache/beam/sdks/v2/go/cmd/prism@v$(BEAM)
	@mv $(ENGINES)/bin/prism $@ && rmdir $(ENGINES)/bin

flink: $(FLINK)
$(FLINK):
	@command -v mvn >/dev/null || { echo "job servers are fetched with Maven: install maven"; exit 1; }
	@mkdir -p $(ENGINES)
	mvn --quiet --batch-mode org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
	  -Dartifact=org.apache.beam:$(subst -$(BEAM).jar,:$(BEAM),$(notdir $@)) -DoutputDirectory=$(ENGINES) \
	  || { echo "Maven has no $(notdir $@): put the file into $(ENGINES) by hand"; exit 1; }

spark: $(SPARK)  ## PySpark of requirements-spark.txt; it needs Java 17
$(SPARK): requirements-spark.txt | $(READY)
	rm -rf $(@D) && mkdir -p $(ENGINES)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --require-hashes \
	  --target $(@D) --requirement $<
	@touch $@

kafka: $(ENGINES)/kafka/.ready  ## a broker to test `warta stream kafka://...` against
$(ENGINES)/kafka/.ready: tests/support/kafka-broker.pom.xml
	mvn --quiet --batch-mode --file $< org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
	  -DincludeScope=runtime -DoutputDirectory=$(CURDIR)/$(ENGINES)/kafka
	@touch $@

rest-catalog: $(ENGINES)/rest-catalog/.ready  ## the REST catalog of Iceberg, to test `--to` against
$(ENGINES)/rest-catalog/.ready: tests/support/rest-catalog.pom.xml
	mvn --quiet --batch-mode --file $< org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
	  -DincludeScope=runtime -DoutputDirectory=$(CURDIR)/$(ENGINES)/rest-catalog
	@touch $@

.venv-dbt/.ready: deploy/dbt/requirements.txt
	@test -x .venv-dbt/bin/python || $(PYTHON) -m venv .venv-dbt
	.venv-dbt/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

dbt: .venv-dbt/.ready  ## dbt for the package in deploy/dbt, in .venv-dbt

dataflow: .venv-dataflow/.ready  ## jobs for Dataflow are made by Google's libraries, checked, and not sent
	.venv-dataflow/bin/python -m pytest -n 0 -m "" tests/integration/test_dataflow.py
.venv-dataflow/.ready: requirements.lock pyproject.toml
	@test -x .venv-dataflow/bin/python || $(PYTHON) -m venv .venv-dataflow
	.venv-dataflow/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	.venv-dataflow/bin/python -m pip install --quiet --disable-pip-version-check "apache-beam[gcp]==$(BEAM)"
	.venv-dataflow/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

axe: $(ENGINES)/browser/.ready  ## axe-core, by which tests judge whether everybody can read a report
$(ENGINES)/browser/.ready:
	npm install --silent --no-audit --no-fund --prefix $(ENGINES)/browser axe-core@4
	@touch $@

lock:  ## after a change of the dependencies in pyproject.toml
	$(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip install --quiet uv
	.venv-lock/bin/uv pip compile --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  --extra dev --python-version 3.11 --output-file requirements.lock pyproject.toml
	@# The image has Google's libraries too, which hold others back; it keeps to the same versions where it can.
	cp requirements.lock deploy/requirements.lock
	.venv-lock/bin/uv pip compile --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  --extra gcp --extra kafka --python-version 3.11 --python-platform x86_64-manylinux_2_28 \
	  --output-file deploy/requirements.lock pyproject.toml
	rm -rf .venv-lock

clean:
	rm -rf .venv .venv-3.* .venv-warehouse .venv-dbt .venv-dataflow .engines lake build dist *.egg-info
