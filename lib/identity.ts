/** The 18-character ID number of GB 11643-1999. */

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const checkDigits = '10X98765432';

/** The check digit of the first 17 digits. */
export function checkDigit(first17: string): string {
  const sum = weights.reduce((total, weight, index) => total + weight * Number(first17[index]), 0);
  return checkDigits[sum % 11]!;
}

/** Whether `value` has 17 digits and a right check digit (upper case). Region and birth date are left to the authority. */
export function isIdNumber(value: string): boolean {
  return /^\d{17}[\dX]$/.test(value) && value[17] === checkDigit(value);
}
