# SPDX-License-Identifier: MIT
# gem: make help

B	= build
PREFIX	= /usr/local
DESTDIR	=
BINDIR	= $(PREFIX)/bin
MANDIR	= $(PREFIX)/share/man
SHAREDIR = $(PREFIX)/share

PROGRAMS = $(patsubst cmd/%.c,%,$(wildcard cmd/gem-*.c))
MANUALS	= $(wildcard man/*.[157])

CC	= gcc
CFLAGS	= -O2 -g
STRICT	= -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wformat=2 -Wno-format-nonliteral $(if $(WERROR),-Werror)
HARDEN	= $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer,-D_FORTIFY_SOURCE=3) \
	-fstack-protector-strong -fstack-clash-protection -fcf-protection \
	-fPIE -ftrivial-auto-var-init=zero
LINK	= -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--as-needed $(if $(SANITIZE),-fsanitize=$(SANITIZE))
ALL_CFLAGS = $(STRICT) $(HARDEN) $(CFLAGS) -D_GNU_SOURCE -Ilib -MMD -MP

# Each program links what it needs and no more: gem-split and gem-merge start in a shell loop.
LIBS	= -lxxhash -lm
LIBS_gem-split = $(JQ_LIBS)
LIBS_gem-merge = $(JQ_LIBS)
LIBS_gem-call = $(shell pkg-config --libs libcurl 2>/dev/null || echo -lcurl)
LIBS_gem-sim = $(shell pkg-config --libs libmicrohttpd 2>/dev/null || echo -lmicrohttpd) -lz
JQ_LIBS	= $(shell pkg-config --libs libjq 2>/dev/null || echo -ljq)

SOURCES	= $(wildcard lib/*/*.c)
OBJECTS	= $(SOURCES:%.c=$(B)/%.o)
TESTS	= $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))

DEPS_BUILD = gcc libc6-dev make pkg-config libcurl4-openssl-dev libjq-dev libxxhash-dev \
	libmicrohttpd-dev zlib1g-dev
DEPS_DEMO = $(DEPS_BUILD) jq
DEPS_CHECK = $(DEPS_DEMO) curl bats bats-assert bats-support parallel mandoc shellcheck \
	universal-ctags binutils procps man-db

Q	= $(if $(V),,@)
say	= $(if $(V),,@echo '  $(1)';)

all: programs

programs: $(PROGRAMS:%=$(B)/%)

$(B)/%.o: %.c
	$(call say,CC $<) mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(B)/libgem.a: $(OBJECTS)
	$(call say,AR $@) rm -f $@
	$(Q)$(AR) rcs $@ $(OBJECTS)

$(PROGRAMS:%=$(B)/%): $(B)/%: $(B)/cmd/%.o $(B)/libgem.a
	$(call say,LD $@) $(CC) $(LINK) -o $@ $< $(B)/libgem.a $(LIBS_$*) $(LIBS)

$(TESTS): $(B)/tests/%: $(B)/tests/unit/%.o $(B)/libgem.a
	$(call say,LD $@) mkdir -p $(@D)
	$(Q)$(CC) $(LINK) -o $@ $< $(B)/libgem.a $(JQ_LIBS) $(LIBS_gem-call) $(LIBS)

-include $(OBJECTS:.o=.d) $(PROGRAMS:%=$(B)/cmd/%.d) $(wildcard $(B)/tests/unit/*.d)

.SECONDARY:
.PHONY: all programs
