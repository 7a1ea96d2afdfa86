#!/usr/bin/env bash
# Starts the bridge once and ends it as Docker does, so that the JVM writes down what it has learned: learn.sh JAR CACHE.
#
# There is no Kafka where an image is built: the bridge has learned what it can when it says that it waits for it.
# Collector and object headers must be those of the image's entry point. Java 17 does not know these options, and does
# without a cache.
set -euo pipefail
log=$(mktemp)

java -XX:+IgnoreUnrecognizedVMOptions -XX:+UseG1GC -XX:+UseCompactObjectHeaders -XX:AOTCacheOutput="$2" -jar "$1" \
  --push.socket.port=0 --server.port=0 --management.server.port=0 --spring.kafka.bootstrap-servers=127.0.0.1:1 \
  >"$log" 2>&1 &

until grep -q 'Waiting for Kafka' "$log"; do
  kill -0 $! || { cat "$log"; exit 1; }
  sleep 0.2
done
kill $!
wait $! || [ $? = 143 ] || { cat "$log"; exit 1; } # 143: ended by SIGTERM
rm "$log"
