#!/usr/bin/env bash
# Starts the bridge once and ends it as Docker does, so that the JVM writes down what it has learned: learn.sh JAR CACHE.
#
# There is no Kafka where an image is built: the bridge has learned what it can when it has started and says that it waits
# for it. Collector and object headers must be those of the image's entry point, and a heap of 32 GB or more, which a large
# build machine would give, makes a cache that no smaller one takes. Java 17 does not know these options, and does without.
set -euo pipefail
log=$(mktemp)
trap 'cat "$log"; rm "$log"' EXIT

# Not every timeout tells what became of the bridge without being asked to: that of uutils says 124.
timeout --preserve-status --kill-after=120 300 \
  java -XX:+IgnoreUnrecognizedVMOptions -XX:+UseG1GC -XX:+UseCompactObjectHeaders -Xmx512m -XX:AOTCacheOutput="$2" -jar "$1" \
  --push.socket.port=0 --management.server.port=0 --spring.kafka.bootstrap-servers=127.0.0.1:1 >"$log" 2>&1 &

until grep -q 'Started PushBridge' "$log" && grep -q 'Waiting for Kafka' "$log"; do
  kill -0 $!
  sleep 0.2
done
kill $!
wait $! || [ $? = 143 ] # ended by SIGTERM

# A cache that could not be finished leaves behind what it was to be made of.
if java -XX:AOTMode=off -version >/dev/null 2>&1; then
  [ -s "$2" ] && [ ! -e "$2.config" ]
fi
