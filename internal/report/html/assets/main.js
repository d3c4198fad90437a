// The page that heapprof html writes: it shows the data that are in it.

import { readPage } from "./data.js";
import { sayFailure, showPage } from "./page.js";

readPage().then(showPage).catch(sayFailure);
