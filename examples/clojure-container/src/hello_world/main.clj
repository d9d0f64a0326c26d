(ns hello-world.main
  (:import (com.amazonaws.services.lambda.runtime Context RequestStreamHandler)
           (com.amazonaws.services.lambda.runtime.api.client AWSLambda)
           (java.io InputStream OutputStream))
  (:gen-class))

(set! *warn-on-reflection* true)

;; The class that the runtime interface client is told to call.
(gen-class :name hello_world.Handler
           :implements [com.amazonaws.services.lambda.runtime.RequestStreamHandler]
           :prefix "handler-")

(defn handler-handleRequest
  "Writes the event to the log, and answers with it."
  [_this ^InputStream input ^OutputStream output ^Context _context]
  (let [event (.readAllBytes input)]
    (println "Hello world")
    (println (String. event "UTF-8"))
    (doseq [property ["java.vm.name" "java.vm.version" "java.vendor"]]
      (println property "=" (System/getProperty property)))
    (.write output event)))

(defn -main
  "Serves invocations until the process is ended; the handler's class is the image's CMD."
  [& arguments]
  (AWSLambda/main (into-array String (or (seq arguments) ["hello_world.Handler"]))))
