// SPDX-License-Identifier: MIT
/* Keys on P-256, made anew each time: that takes less than a millisecond. */
#include "wire/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cli.h"
#include "base/mem.h"

#define DAY_S (24 * 60 * 60)
#define X509_V3 2 /* as it is numbered */

/* OpenSSL's results: it works or the tests cannot be run. */
static void
must(int worked)
{
	if (worked != 1)
		cli_die(STATUS_TROUBLE, "OpenSSL: %s", ERR_error_string(ERR_get_error(), NULL));
}

static void
add_extension(X509 *cert, X509 *issuer, int which, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;

	X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, which, value);
	must(extension && X509_add_ext(cert, extension, -1));
	X509_EXTENSION_free(extension);
}

/* Named and dated, from the day before yesterday to the day `until`; to be signed. */
static X509 *
new_cert(EVP_PKEY *key, const char *name, long serial, int until)
{
	X509 *cert = X509_new();

	must(cert && X509_set_version(cert, X509_V3) &&
	     ASN1_INTEGER_set(X509_get_serialNumber(cert), serial) &&
	     X509_gmtime_adj(X509_getm_notBefore(cert), -2 * DAY_S) &&
	     X509_gmtime_adj(X509_getm_notAfter(cert), (long)until * DAY_S) &&
	     X509_set_pubkey(cert, key) &&
	     X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
		 (const unsigned char *)name, -1, -1, 0));
	return cert;
}

static void
sign(X509 *cert, X509 *issuer, EVP_PKEY *key)
{
	must(X509_set_issuer_name(cert, X509_get_subject_name(issuer)) &&
	     X509_sign(cert, key, EVP_sha256()) > 0);
}

static void
write_ca(X509 *ca, char **name)
{
	const char *folder = getenv("TMPDIR");
	struct buf path = {0};
	FILE *file;
	int fd;

	buf_printf(&path, "%s/wire-ca.XXXXXX", folder && *folder ? folder : "/tmp");
	fd = mkstemp(path.data);
	file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file)
		cli_die(STATUS_TROUBLE, "cannot make '%s'", path.data);
	must(PEM_write_X509(file, ca));
	must(fclose(file) == 0);
	*name = buf_take(&path);
}

/* The client's wish for h2 is granted, or only that for HTTP/1.1. */
static int
choose(SSL *ssl, const unsigned char **out, unsigned char *n, const unsigned char *in,
    unsigned in_n, void *context)
{
	static const unsigned char h2[] = "\2h2", h1[] = "\10http/1.1";
	const bool *wants_h2 = context;
	unsigned char *chosen;

	(void)ssl;
	if (SSL_select_next_proto(&chosen, n, *wants_h2 ? h2 : h1,
		(unsigned)(*wants_h2 ? sizeof h2 : sizeof h1) - 1, in,
		in_n) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *
new_context(X509 *cert, EVP_PKEY *key, bool h2, bool old)
{
	static bool yes = true, no = false; /* what the callback points at */
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

	must(tls && SSL_CTX_use_certificate(tls, cert) == 1 &&
	     SSL_CTX_use_PrivateKey(tls, key) == 1);
	SSL_CTX_set_alpn_select_cb(tls, choose, h2 ? &yes : &no);
	SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (old) {
		SSL_CTX_set_security_level(tls, 0);
		must((int)SSL_CTX_set_max_proto_version(tls, TLS1_1_VERSION));
	}
	return tls;
}

SSL_CTX *
tls_new(enum tls_cert kind, bool h2, bool old, char **ca_file)
{
	EVP_PKEY *ca_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
	X509 *ca, *cert;
	SSL_CTX *tls;

	must(ca_key && key);
	ca = new_cert(ca_key, "wire's authority", 1, 2);
	add_extension(ca, ca, NID_basic_constraints, "critical,CA:TRUE");
	sign(ca, ca, ca_key);
	cert = new_cert(key, "wire", 2, kind == TLS_EXPIRED ? -1 : 2);
	add_extension(cert, ca, NID_subject_alt_name,
	    kind == TLS_WRONG_NAME ? "DNS:elsewhere.invalid,IP:127.0.0.2" : "IP:127.0.0.1");
	if (kind == TLS_SELF_SIGNED)
		sign(cert, cert, key);
	else
		sign(cert, ca, ca_key);
	write_ca(ca, ca_file);
	tls = new_context(cert, key, h2, old);
	X509_free(ca);
	X509_free(cert);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(key);
	return tls;
}
