declare module "*.rq" {
  const text: string;
  export default text;
}
