(ns build
  "Makes target/hello-world.jar: clojure -T:build uber"
  (:require [clojure.tools.build.api :as b]))

(def ^:private classes "target/classes")

(defn uber [_]
  (let [basis (b/create-basis {:project "deps.edn"})]
    (b/copy-dir {:src-dirs ["resources"] :target-dir classes})
    (b/compile-clj {:basis basis
                    :ns-compile '[hello-world.main]
                    :class-dir classes
                    ;; Reflection costs time on the JVM, and in a native executable needs metadata for every use.
                    :bindings {#'*warn-on-reflection* true}
                    :compile-opts {:direct-linking true}})
    (b/uber {:basis basis
             :class-dir classes
             :uber-file "target/hello-world.jar"
             :main 'hello-world.main})))
