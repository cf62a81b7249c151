// The test of camera and microphone: shows the picture and a meter of the sound, here in the browser alone.
const test = document.getElementById("device-test");
const button = test.querySelector("button");
const told = test.querySelector("[role=status]");
const picture = test.querySelector("video");
const meter = test.querySelector("meter");
const begins = button.textContent;
let stream = null;
let listening = null;

const end = () => {
  for (const track of stream?.getTracks() ?? []) track.stop();
  listening?.close();
  stream = listening = null;
  picture.srcObject = null;
  picture.hidden = meter.hidden = true;
  button.textContent = begins;
};

const watchSound = () => {
  listening = new AudioContext();
  const analyser = listening.createAnalyser();
  listening.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const measure = () => {
    if (!stream) return;
    analyser.getFloatTimeDomainData(samples);
    const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    meter.value = loudest;
    if (loudest > 0.05 && told.textContent === test.dataset.seen) told.textContent = test.dataset.heard;
    requestAnimationFrame(measure);
  };
  measure();
};

const begin = async () => {
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
  } catch (error) {
    told.textContent = error.name === "NotFoundError" ? test.dataset.missing : test.dataset.refused;
    return;
  }
  picture.srcObject = stream;
  picture.hidden = meter.hidden = false;
  await picture.play();
  told.textContent = test.dataset.seen;
  button.textContent = test.dataset.end;
  watchSound();
};

if (navigator.mediaDevices?.getUserMedia) {
  button.hidden = false;
  button.addEventListener("click", () => (stream ? end() : begin()));
} else {
  told.textContent = test.dataset.missing;
}
