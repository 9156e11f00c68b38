#!/bin/sh
# SPDX-License-Identifier: MIT
# What the HTTP clients are measured against: `late` with a delay, and nginx and nghttpx before
# it, which speak TLS and HTTP/2. All on free ports of loopback, all ended with the script that
# sources this after pair.sh. Each sets what the contenders read: $url, $cacert, $port (of the
# late that answers in the end) and $log (of the front).
#
# shellcheck disable=SC2034,SC2086,SC2154 # $work is of pair.sh; $pids is a list of words

pids=
trap 'kill $pids 2>/dev/null; wait $pids; rm -rf "$work"' EXIT
log=

# late_server DELAY: starts it, unless it runs already
late_server() {
	log='' cacert=
	if [ ! -s "late.$1" ]; then
		late "$1" >"late.$1" 3>&- &
		pids="$pids $!"
		until [ -s "late.$1" ]; do sleep 0.02; done
	fi
	read -r port <"late.$1"
	url=http://127.0.0.1:$port
}

# below the ports that connections get
next_port=$((20000 + $$ % 5000))
free_port() {
	until
		next_port=$((next_port + 1))
		curl -s "127.0.0.1:$next_port" >/dev/null
		[ $? = 7 ] # refused
	do :; done
	front_port=$next_port
}

certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=bench \
		-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem 2>>errors
}

nginx_conf() {
	cat <<-END
		daemon off; master_process off; pid nginx.pid; error_log nginx.err;
		events { worker_connections 8192; }
		http {
			client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
			log_format port '\$remote_port';
			access_log nginx.log port;
			keepalive_requests 10000000;
			upstream late { server 127.0.0.1:$port; keepalive 2048; keepalive_requests 10000000; }
			server {
				listen 127.0.0.1:$front_port ssl http2 backlog=4096;
				ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem;
				location / { proxy_pass http://late; proxy_http_version 1.1; proxy_set_header Connection ""; }
			}
		}
	END
}

# front nginx|nghttpx DELAY
front() {
	late_server "$2"
	[ -s cert.pem ] || certificate
	log=$1.log cacert=$work/cert.pem
	if [ ! -s "$1.port" ]; then
		free_port
		case $1 in
		nginx) nginx_conf >nginx.conf && nginx -p "$work" -e "$work/nginx.err" -c "$work/nginx.conf" ;;
		nghttpx) nghttpx --single-process --conf=/dev/null --errorlog-file=nghttpx.err \
			--accesslog-file=nghttpx.log --accesslog-format="\$remote_port" \
			-f"127.0.0.1,$front_port" -b"127.0.0.1,$port" key.pem cert.pem ;;
		esac 3>&- >>errors 2>&1 &
		pids="$pids $!"
		url=https://127.0.0.1:$front_port
		for _ in $(seq 100); do
			curl -s --cacert cert.pem "$url/" >/dev/null && break
			sleep 0.05
		done
		echo "$front_port" >"$1.port"
	fi
	url=https://127.0.0.1:$(cat "$1.port")
}

# counts: the connections that clients have made since the last time, and the calls that arrived
counts() {
	curl -s "127.0.0.1:$port/stats" | {
		read -r connections requests
		if [ "$log" ]; then
			sleep 0.1 # the last calls come to the log when they are over
			connections=$(sort -u "$log" | wc -l)
			: >"$log"
		fi
		echo "$connections $requests"
	}
}
