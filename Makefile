# SPDX-License-Identifier: MIT
# gem: make help

B	= build
VERSION	= 0.1.0
PREFIX	= /usr/local
DESTDIR	=
BINDIR	= $(PREFIX)/bin
MANDIR	= $(PREFIX)/share/man
SHAREDIR = $(PREFIX)/share

PROGRAMS = $(patsubst cmd/%.c,%,$(wildcard cmd/gem-*.c))
MANUALS	= $(wildcard man/*.[157])

CC	= gcc
CFLAGS	= -O3 -g
STRICT	= -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wformat=2 -Wno-format-nonliteral $(if $(WERROR),-Werror)
HARDEN	= $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer,\
	-D_FORTIFY_SOURCE=3 $(ZERO_STACK)) \
	-fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
# clang 14 has it under another name still
ZERO_STACK := $(shell $(CC) -ftrivial-auto-var-init=zero -x c -fsyntax-only /dev/null 2>/dev/null && echo -ftrivial-auto-var-init=zero)
# the programs are optimized as a whole, by gcc; the objects are usual ones too, for tests and lints
LTO	:= $(if $(SANITIZE)$(findstring -flto,$(CFLAGS)),,$(shell echo 'int main(void) { return 0; }' | \
	$(CC) -Werror -flto=auto -ffat-lto-objects -x c -o /dev/null - 2>/dev/null && echo -flto=auto -ffat-lto-objects))
LINK	= -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--as-needed $(if $(SANITIZE),-fsanitize=$(SANITIZE))
ALL_CFLAGS = $(STRICT) $(HARDEN) $(CFLAGS) -D_GNU_SOURCE -DGEM_VERSION='"$(VERSION)"' -Ilib -MMD -MP

# Each program links what it needs and no more: gem-split and gem-merge start in a shell loop.
LIBS	= -lm
LIBS_gem-split = $(JQ_LIBS)
LIBS_gem-merge = $(JQ_LIBS)
LIBS_gem-call = $(shell pkg-config --libs libcurl 2>/dev/null || echo -lcurl)
LIBS_gem-sim = $(shell pkg-config --libs libmicrohttpd 2>/dev/null || echo -lmicrohttpd) -lz
JQ_LIBS	= $(shell pkg-config --libs libjq 2>/dev/null || echo -ljq)

SOURCES	= $(wildcard lib/*/*.c)
OBJECTS	= $(SOURCES:%.c=$(B)/%.o)
TESTS	= $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
BENCH	= $(B)/tests/bench/generate $(B)/tests/bench/measure
BENCH_HTTP = $(B)/tests/bench/late $(B)/tests/bench/bare
BENCH_LIMIT = $(B)/tests/bench/limit/limit
BENCH_LIMIT_OBJECTS = $(patsubst %.c,$(B)/%.o,$(wildcard tests/bench/limit/*.c))
WIRE	= $(B)/tests/wire/wire
WIRE_OBJECTS = $(patsubst %.c,$(B)/%.o,$(wildcard tests/wire/*.c))
FAULT	= $(B)/tests/fault/killer $(B)/tests/fault/flip $(B)/tests/fault/oom.so $(B)/tests/fault/witness.so \
	$(B)/tests/fault/odd.so
FUZZERS	= $(patsubst %,$(B)/fuzz/%,scan reader json_path template chunk journal reply record duration)
SECONDS	= 60

DEPS_BUILD = gcc libc6-dev make pkg-config libcurl4-openssl-dev libjq-dev libxxhash-dev \
	libmicrohttpd-dev zlib1g-dev
DEPS_DEMO = $(DEPS_BUILD) jq
DEPS_CHECK = $(DEPS_DEMO) curl openssl libssl-dev perl bats bats-assert bats-support parallel mandoc shellcheck \
	universal-ctags binutils procps man-db nghttp2-proxy strace
DEPS_BENCH = $(DEPS_BUILD) curl openssl parallel wrk nghttp2-client nghttp2-proxy nginx-light procps

Q	= $(if $(V),,@)
say	= $(if $(V),,@echo '  $(1)';)
# the objects and the archive that the target depends on, the libraries that are named, and how
link	= $(call say,LD $@) mkdir -p $(@D) && $(CC) $(LINK) $(or $(2),$(if $(LTO),-fno-lto)) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(1) $(LIBS)

all: programs

programs: $(PROGRAMS:%=$(B)/%)

$(OBJECTS) $(PROGRAMS:%=$(B)/cmd/%.o): ALL_CFLAGS += $(LTO)
$(B)/%.o: %.c
	$(call say,CC $<) mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(B)/libgem.a: $(OBJECTS)
	$(call say,AR $@) rm -f $@
	$(Q)$(AR) rcs $@ $(OBJECTS)

$(PROGRAMS:%=$(B)/%): $(B)/%: $(B)/cmd/%.o $(B)/libgem.a
	$(call link,$(LIBS_$*),$(LTO) $(CFLAGS))

$(TESTS): $(B)/tests/%: $(B)/tests/unit/%.o $(B)/libgem.a
	$(call link,$(JQ_LIBS) $(LIBS_gem-call) $(LIBS_gem-sim))

# LIBFUZZER=1 with CC=clang: libFuzzer in the place of our small driver
HARDEN	+= $(if $(LIBFUZZER),-fsanitize=fuzzer-no-link)
$(FUZZERS): $(B)/fuzz/%: $(B)/tests/fuzz/%.o $(if $(LIBFUZZER),,$(B)/tests/fuzz/driver.o) $(B)/libgem.a
	$(call link,$(if $(LIBFUZZER),-fsanitize=fuzzer) $(JQ_LIBS) $(JANSSON) $(LIBS_gem-call))

# the scanner once more without SSE2, the naive one, and another parser where there is one
$(B)/fuzz/scan $(B)/tests/test_conformance: $(B)/tests/fuzz/reference.o $(B)/tests/fuzz/portable.o
$(B)/fuzz/scan: $(B)/tests/fuzz/jansson.o
JANSSON	= $(shell pkg-config --libs jansson 2>/dev/null)

$(B)/tests/bench/generate: $(B)/tests/bench/words.o
$(BENCH_HTTP): $(B)/tests/bench/message.o
$(BENCH) $(BENCH_HTTP): %: %.o $(B)/libgem.a
	$(call link)

$(BENCH_LIMIT): $(BENCH_LIMIT_OBJECTS) $(B)/libgem.a
	$(call link)

# its servers tell what is not nought
$(BENCH_LIMIT_OBJECTS) $(B)/tests/unit/test_bench_limit.o: ALL_CFLAGS += -Wno-missing-field-initializers

$(B)/tests/test_bench_limit $(B)/tests/test_law: $(filter-out %/main.o,$(BENCH_LIMIT_OBJECTS))

$(filter-out %.so,$(FAULT)): %: %.o
	$(call link)
$(B)/%.so: %.c
	$(call say,LD $@) mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -U_FORTIFY_SOURCE -fPIC -shared -o $@ $<

# plays broken answers to gem-call
$(WIRE_OBJECTS): ALL_CFLAGS += -Itests
$(WIRE): $(WIRE_OBJECTS) $(B)/libgem.a
	$(call link,-lssl -lcrypto)

# ---- try it ----

demo: deps-demo programs
	$(Q)sh tests/demo/demo.sh $(B)

# ---- what it needs: installed only when it is missing, after saying so; DEPS=no skips it ----

deps: deps-check
deps-build deps-demo deps-check deps-bench: deps-%:
	$(Q)[ "$(DEPS)" = no ] || sh tests/deps.sh $(DEPS_$(shell echo $* | tr a-z A-Z))

# ---- tests ----

check: deps-check
	$(Q)$(MAKE) --no-print-directory check-all DEPS=no
check-all: programs $(TESTS) $(FUZZERS) $(WIRE) $(FAULT)
	$(Q)sh tests/run.sh $(B)
check-unit: programs $(TESTS)
	$(Q)sh tests/run.sh $(B) unit
check-cli: programs $(WIRE) $(if $(SANITIZE),,$(FAULT))
	$(Q)sh tests/run.sh $(B) cli
check-fuzz: $(FUZZERS)
	$(Q)sh tests/run.sh $(B) fuzz
# all of it, with N kills, where `make check` takes a sample: half an hour
check-fault: programs $(WIRE) $(FAULT)
	$(Q)N=$(or $(N),1000) sh tests/run.sh $(B) torture
# the unit tests, and some of the others
VALGRIND_CLI = call-records call-classes wire-answers rejects
valgrind: programs $(TESTS) $(WIRE)
	$(Q)command -v valgrind >/dev/null || { echo 'valgrind: apt-get install valgrind' >&2; exit 1; }
	$(Q)sh tests/valgrind.sh $(B) $(VALGRIND_CLI)
lint: programs
	$(Q)sh tests/run.sh $(B) lint
# libjq leaks when a program does not compile
SANITIZED = LSAN_OPTIONS=print_suppressions=0:suppressions=$(CURDIR)/tests/lsan.supp $(MAKE) --no-print-directory \
	B=build/$(if $(LIBFUZZER),libfuzzer,asan) SANITIZE=address,undefined CFLAGS='-O1 -g'
asan:
	+$(Q)$(SANITIZED) check-unit check-cli check-fuzz
fuzz:
	+$(Q)$(SANITIZED) fuzz-run
fuzz-run: $(FUZZERS)
	$(Q)for f in $(FUZZERS); do mkdir -p $$f.found && $$f -seed=$$(date +%s) \
		$(if $(RUNS),-runs=$(RUNS),-max_total_time=$(SECONDS)) $(if $(LIBFUZZER),-artifact_prefix=$$f.) \
		$$f.found tests/fuzz/corpus/$${f##*/} || exit 1; done
check-sdk: programs
	$(Q)sh tests/sdk/run.sh $(B)
bench: programs $(BENCH)
	$(Q)sh tests/bench/bench.sh $(B)
bench-text: deps-demo programs $(BENCH)
	$(Q)sh tests/bench/bench-text.sh $(B)
bench-http: deps-bench programs $(BENCH) $(BENCH_HTTP)
	$(Q)sh tests/bench/bench-http.sh $(B)
bench-limit: $(BENCH_LIMIT)
	$(Q)$(BENCH_LIMIT) $(LIMIT_FLAGS)
bench-limit-live: deps-bench programs
	$(Q)bash tests/bench/bench-limit-live.sh $(B)
ci:
	$(Q)bash .ci/run

# ---- install ----

$(B)/completion/%.bash $(B)/completion/%.fish: $(B)/%
	$(Q)mkdir -p $(@D)
	$(Q)$< --completion bash >$(B)/completion/$*.bash
	$(Q)$< --completion fish >$(B)/completion/$*.fish

completion: $(PROGRAMS:%=$(B)/completion/%.bash)

install: programs completion
	install -d $(DESTDIR)$(BINDIR) $(addprefix $(DESTDIR)$(MANDIR)/man,1 5 7) \
		$(DESTDIR)$(SHAREDIR)/bash-completion/completions $(DESTDIR)$(SHAREDIR)/fish/vendor_completions.d
	install $(PROGRAMS:%=$(B)/%) $(DESTDIR)$(BINDIR)
	for m in $(MANUALS); do install -m 644 $$m $(DESTDIR)$(MANDIR)/man$${m##*.}; done
	for p in $(PROGRAMS); do \
		install -m 644 $(B)/completion/$$p.bash $(DESTDIR)$(SHAREDIR)/bash-completion/completions/$$p; \
		install -m 644 $(B)/completion/$$p.fish $(DESTDIR)$(SHAREDIR)/fish/vendor_completions.d/$$p.fish; done

uninstall:
	rm -f $(PROGRAMS:%=$(DESTDIR)$(BINDIR)/%)
	for m in $(notdir $(MANUALS)); do rm -f $(DESTDIR)$(MANDIR)/man$${m##*.}/$$m; done
	rm -f $(PROGRAMS:%=$(DESTDIR)$(SHAREDIR)/bash-completion/completions/%) \
		$(PROGRAMS:%=$(DESTDIR)$(SHAREDIR)/fish/vendor_completions.d/%.fish)

dist: $(B)
	git archive --prefix=gem-$(VERSION)/ -o $(B)/gem-$(VERSION).tar.gz HEAD

$(B):
	$(Q)mkdir -p $@

clean:
	rm -rf build

help:
	@echo 'make              build the programs into build/'
	@echo 'make demo         see the pipeline at work on real input (LIVE=1: against the real API)'
	@echo 'make check        all tests; parts: check-unit check-cli check-fuzz lint'
	@echo 'make asan         the tests under AddressSanitizer and UBSan'
	@echo 'make check-fault  N=1000 kills, every failed call and allocation, broken programs: half an hour'
	@echo 'make valgrind     the unit tests and some of the others under valgrind'
	@echo 'make fuzz         each fuzz target for SECONDS=60, or RUNS=N texts, under both'
	@echo 'make check-sdk    the official JavaScript SDK against gem-sim (needs Node)'
	@echo 'make bench        paired timings against jq, curl and xargs'
	@echo 'make bench-text   the text filters against jq; gojq and miller, where they are installed'
	@echo 'make bench-http   gem-call against curl, wrk, h2load, xargs, the SDK; SOAK=1: a million calls too'
	@echo 'make bench-limit  the law of -j auto in simulation, beside others; HALF=tune|kept|field|blind|curves|all, SERVER, LAW, SEEDS'
	@echo 'make bench-limit-live  -j auto beside fixed numbers against gem-sim, in real time; CASES, REPEATS'
	@echo 'make install      into PREFIX=/usr/local; uninstall, dist, clean'
	@echo 'DEPS=no           installs nothing; V=1 shows the commands; B=DIR builds there'

-include $(OBJECTS:.o=.d) $(PROGRAMS:%=$(B)/cmd/%.d) $(wildcard $(B)/tests/*/*.d $(B)/tests/bench/limit/*.d)

.SECONDARY:
.PHONY: all programs demo deps deps-build deps-demo deps-check deps-bench check check-all check-unit check-cli check-fuzz check-fault valgrind lint \
	asan fuzz fuzz-run check-sdk bench bench-text bench-http bench-limit bench-limit-live ci completion install uninstall dist clean help
